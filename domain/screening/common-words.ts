/**
 * Words that very many people bear: that two names share one says little. A shortlist of the most frequent given and family names of the large naming cultures; how often a word
 * stands on the lists themselves is counted beside it (`ScreeningIndex.rarity`).
 */
const people = `
john james robert michael william david richard thomas mary patricia jennifer linda elizabeth smith johnson williams
brown jones miller davis wilson anderson taylor moore jackson martin lee thompson white harris clark lewis robinson
walker young allen king wright scott hill green adams baker hall peter paul george daniel
jose juan carlos luis maria jesus francisco antonio manuel miguel jorge pedro alejandro fernando ana rosa carmen
garcia rodriguez martinez hernandez lopez gonzalez perez sanchez ramirez torres flores rivera gomez diaz cruz morales
ortiz gutierrez chavez ramos ruiz alvarez mendoza castillo vasquez jimenez moreno romero herrera medina castro vargas
rojas munoz silva santos ferreira pereira oliveira souza costa joao
mohammed muhammad mohamed ahmad ahmed ali hassan hussein abdullah abdul omar ibrahim mustafa mahmoud yousef khalid
said saleh hamid karim rahman abu khan shah hussain malik iqbal rashid nasser salem fatima haji mullah mohammad jan
hamad jamal amir ismail yusuf hasan osman abd rahim aziz samir sami nazir awad ayad issa isa farouk farid qasim hashim
khalil kamal kamil salim salma salman sultan tariq walid khalid layla nour rania hana dina mariam aisha nabil adel
alexander sergey vladimir dmitry andrey alexey mikhail nikolay ivan yuri igor oleg viktor pavel elena olga natalia
tatiana irina ivanov petrov sidorov smirnov kuznetsov popov volkov
wang li zhang liu chen yang zhao huang zhou wu xu sun zhu ma hu guo lin he gao luo wei ming jun hui
kim park choi jung kang cho yoon jang ri pak choe yong song chol jong nguyen tran pham
kumar singh sharma gupta patel das mehmet yilmaz kaya demir
`;

const common: ReadonlySet<string> = new Set(people.trim().split(/\s+/));

/** Whether a word is a well-known name as it stands: then it is hardly another one misspelt. */
export function isKnownName(word: string): boolean {
  return common.has(word);
}

/** 0 for a word that very many people bear, else 1. */
export function rarityOfWord(word: string): number {
  return common.has(word) ? 0 : 1;
}
