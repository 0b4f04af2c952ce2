// Words around the names of hosts, in the languages we read.

export const placeWords = new Set(
  "on onto at in to from across over for auf an bei vom von in en sobre desde sur depuis dans op van su aus al".split(" "),
);

export const articles = new Set(
  "the my our all every each both any of his her their this that these those a an group hosts host server servers machine machines der die das den dem el la los las le les l mein meinen meinem unser unserem unseren mi nuestro nuestros mon notre nos het de allen alle todos todas tous toutes whole entire".split(
    " ",
  ),
);

export const hostNouns = new Set(
  "host hosts server servers machine machines node nodes box boxes group cluster vm vms rechner maschine maschinen servern rechnern knoten hosts servidor servidores maquina maquinas serveur serveurs machines computer computers systems system fleet pc pcs laptops notebooks workstations desktops ordenador ordenadores ordinateur ordinateurs nodos nodo noeuds noeud equipos postes instances rigs blades station stations terminals appliances ones".split(
    " ",
  ),
);

export const listWords = new Set(["and", "or", "und", "y", "et", "en", "&", "+", "e", "as", "well", "plus", "nor"]);
