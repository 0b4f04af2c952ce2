import { stem } from "../../mapping/text.ts";

// Words that stand where a name could stand and are none: people, times, amounts, general things.
const list = `
everyone everybody everything nobody somebody someone anybody people folks team staff colleagues friends family kids guests visitors users user customers members others rest
today tomorrow yesterday tonight monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december
week weeks month months year years day days night nights morning evening noon midnight weekend hour hours minute minutes second seconds moment time times while
first second third last next previous old older oldest newest latest new current former recent stale broken stuck dead full empty slow wrong bad right left high low big small large huge long short main many some several few all both half double
space room memory storage data information access rights permission permissions password passwords login logins account accounts name names word words text message messages mail mails email emails letter letters letters note notes
file files folder folders directory path disk disks drive drives machine machines server servers host hosts computer computers laptop laptops phone phones tablet screen screens box boxes device devices printer printers queue queues job jobs task tasks service services process processes
database databases table tables backup backups snapshot snapshots copy copies log logs report reports list lists page pages site sites website link links url address addresses port ports network networks internet wifi vpn connection connections traffic
error errors problem problems issue issues bug bugs failure failures alert alerts warning warnings alarm alarms ticket tickets incident maintenance downtime outage upgrade upgrades update updates release releases version versions patch patches
thing things stuff way place order orders case part parts piece end start beginning top bottom front back side kind sort type set group groups class level number numbers amount size value values key keys flag flags option options setting settings mode state status
production staging live test testing development demo example sample default public private local remote internal external global central shared common general special normal standard safe sure free open closed available visible hidden readable writable
again away off down immediately quickly slowly manually automatically properly permanently temporarily asap forever completely everywhere anywhere somewhere nowhere home work office school house
help care question answer idea plan reason change changes fix fixes cleanup check checks review
`;
const stems = new Set(
  list
    .split(/\s+/)
    .filter((word) => word !== "")
    .map(stem),
);

/** A word of the language, however unknown it may be to the playbooks. */
export const isEverydayWord = (word: string): boolean => stems.has(stem(word));
