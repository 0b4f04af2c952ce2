/** The languages that requests may be written in beside English, in the order of the columns of training/data/words.txt. */
export const languages = ["german", "spanish", "french", "dutch", "italian", "polish"] as const;
export type Language = (typeof languages)[number];

// Small words by which a language is told. What several languages have tells nothing and stands only where it is commonest.
const lists: Readonly<Record<Language | "english", string>> = {
  english: `the a an and or of to in on at for with from by is are was be it its this that my our your we i you he she they us me please can could would should need want some
    not no all any new up out off into who what which when where how do does did have has had will there here them his her their than then so but as if just also now only never both everywhere per without`,
  german: `der die das den dem des ein eine einen einem einer und oder fur mit von vom zu zum zur im ist sind war ich wir mir uns mein meine unser unsere unseren unserem bitte nicht kein keine auf aus bei nach
    uber unter auch noch mal es er sie ihr ihm ihn man kann kannst konnen soll sollen muss mussen wird werden hat haben habe wenn weil dass ob wieder neu furs ins ans beim gern gerne brauchen brauche wollen etwas alles jetzt`,
  spanish: `el la los las un una unos unas y en para por con del al de mi mis nuestro nuestra nuestros es son esta estan ha han hay no que se lo le me nos por favor quiero queremos necesito necesitamos algo todo todos ya
    donde cuando como otra otro vez su sus muy sin sobre`,
  french: `le la les un une des du de et ou pour avec sur dans en mon ma mes notre nos est sont a ont il elle nous vous je tu ce cette ces qui que ne pas plus au aux s'il plait y n'y faut besoin
    tout tous sans chez par lui leur se toujours quelque chose n'a n'est d'un d'une`,
  dutch: `de het een en of voor van met op in naar uit bij is zijn we ik je mij ons mijn onze niet geen graag alsjeblieft kan kun moet moeten wil willen aan ook nog dat die er wordt weer opnieuw iets alle`,
  italian: `il lo la gli le un uno una e o di del della dei delle da dal per con su sul nel nella in non mi ci si che sono ho hanno favore vorrei vogliamo serve servono mio nostra nostro questo questa al alla ai piu`,
  polish: `i na w z do dla nie jest sa prosze mi nam sie to ten ta co jak czy po od za oraz lub nasz nasza nasze mamy mam trzeba potrzebujemy moj moja`,
};

const made = new Map<Language | "english", ReadonlySet<string>>();

export function functionWordsOf(language: Language | "english"): ReadonlySet<string> {
  const known = made.get(language) ?? new Set(lists[language].split(/\s+/));
  made.set(language, known);
  return known;
}
