import { stem } from "./text.ts";

/** Words that say nothing about what is meant: politeness, articles, prepositions, filler; English first, then German, Spanish, French, Dutch. */
const list = `
a an the this that these those some any my our your his her their its it them they he she we us i me you one ones thing things something
anything stuff please pls plz kindly thanks thank thx ty cheers hi hey hello ok okay well so just now right away asap today quickly soon
simply maybe perhaps also too again once then next after afterwards before first finally last done at on in into onto to from for of by with
without and or but as is are was were be been being am do does did doing have has had having will would should could can may might must shall need
needs needed want wants wanted like d'like i'd we'd let lets let's get gets got getting give gives make makes go goes going come comes up down out off over
there here where when while if than which who whom whose what how why not no yes via using use used through about around across
new fresh another own whole entire every everything all both each only also very really much many more most few still already existing
incl inclusive against gegen contra contre end maintenant ahora jetzt sofort ya tout suite sobald gleich hoy heute aujourd'hui except excepting excluding besides ausser excepto salvo sauf instead together properly cleanly correctly completely totally fully carefully permanently immediately currently actually basically possible possibly probably order meanwhile later running available ready directly manually temporarily little bit nice nicely good great better best
could're we're i'm i've it's that's there's don't doesn't can't cannot isn't aren't won't
bitte mal und oder der die das den dem des ein eine einen einem einer auf fur mit von vom zu zum zur im ist sind ich wir mir uns mein meine meinen unser unsere
brauche brauchen mochte mochten hatte gerne will wollen danach dann noch auch alle allen jetzt kannst du kann nach es sich nicht
el la los las un una unos unas en para por con de del al y e mi mis nuestro nuestra por favor quiero necesito necesitamos puedes luego despues tambien todos todas
le les des du au aux et ou pour avec sur dans mon ma mes notre nos je nous tu vous veux voudrais puis ensuite besoin ai aussi s'il vous plait merci svp truc
een het op voor van graag wil alsjeblieft zet
uno il lo gli di per favore su
`;
// Nouns that stand beside every service's name. They tell nothing between playbooks, but they do tell inside a phrase.
const generalNouns = `
service services server servers app apps application applications container containers instance instances stack host hosts machine machines node nodes box boxes
computer computers pc pcs workstation workstations rechner maschinen knoten ordenador ordenadores equipo equipos nodo nodos servidor servidores ordinateur ordinateurs serveur serveurs noeud noeuds poste postes dienst dienste servicio servicios anwendung anwendungen
playbook playbooks role roles ansible homelab home lab setup set group
`;
const functionWords = new Set(list.split(/\s+/).filter((word) => word !== ""));
const stopWords = new Set([...functionWords, ...generalNouns.split(/\s+/).filter((word) => word !== "")]);
const stopStems = new Set([...stopWords].map(stem));

export function isFunctionWord(word: string): boolean {
  return functionWords.has(word);
}

export function isStopWord(word: string): boolean {
  return stopWords.has(word) || stopStems.has(stem(word));
}
