/** Forms of one given name: short ones, and the same name in the spelling of several languages. */
const groups = `
abdallah abdullah abdulla abdellah
abdul abd abdel
abu abou
ahmad ahmed akhmed akhmad achmad ahmet
alejandro alex
alessandro alex sandro
alexander aleksandr alexandr aleksander alexandre oleksandr alex sasha
aleksey alexey alexei aleksei alexej oleksiy aliaksei alyosha
andrew andy drew
andrey andrei andrej andriy
anthony tony
antonio toni
arkady arkadi arkadii arkadiy
avraham abraham ibrahim ebrahim
benjamin ben benny binyamin bibi
catherine katherine kathryn kate katie cathy
charles charlie chuck
christopher chris
daniel danny dan
david dave
dawood daud dawud davud
dmitry dmitri dmitriy dmitrij dmytro dima
donald don
edward eddie ed ted ned
ekaterina yekaterina katerina kateryna katya
elena yelena olena jelena
elizabeth liz lizzy beth betty
elizaveta yelizaveta liza
evgeny yevgeny evgeni yevgeni yevgeniy evgeniy yevhen zhenya
faisal faysal feisal
fatima fatma fatemeh fatimah
francisco paco pancho
frederick fred freddy
fyodor fedor feodor fiodor
gennady gennadi gennadiy hennadiy
georgy georgi georgiy heorhiy
gregory greg
grigory grigori grigoriy hryhoriy
harold harry
henry hank harry
hussein husayn hussain husain hosein hossein huseyin
igor ihor
ignacio nacho
ilya iliya illia
isaac ishaq isaak yitzhak
jacob jake
james jim jimmy jamie
jeffrey geoffrey jeff geoff
jennifer jenny jen
john johnny jack
jose pepe
joseph joe joey
jamal gamal djamel jamel
kenneth ken kenny
lawrence larry
leonard len lenny
lyudmila ludmila liudmyla
magomed mahomed magomet
margaret maggie meg peggy
matthew matt
michael mike mick
mikhail mykhailo mihail misha
mohammed mohammad muhammad mohamed mohamad muhamad mehmet mohd muhammed mochamad mochammad mokhammad
mustafa mostafa moustafa mustapha
nathaniel nathan nat
nicholas nick
nikolay nikolai mykola nikolaj kolya
oleg oleh
osama usama ussama oussama
patrick pat paddy
paul pauly
pavel pavlo pasha
peter pete
pyotr petr petro
philip phillip phil
raymond ray
rebecca becky
richard rick dick rich
robert bob bobby rob
ronald ron ronnie
samuel sam sammy
sergey sergei serge serhiy sergej sergejs siarhei
sofia sofiya sophia
stephen steven steve
suleiman sulaiman suleyman sulayman solomon soliman
susan sue susie
svetlana svitlana sveta
theodore ted teddy theo
thomas tom tommy
timothy tim
valery valeri valeriy valerii
vasily vasiliy vasili vasyl vassily
vincent vince
vladimir volodymyr wladimir uladzimir vova volodya
vyacheslav viacheslav slava
william bill billy will willy
yahya yehia yahia
yasser yasir yaser
yousef yusuf youssef yousif yosef yusif
yury yuri yuriy iurii juri iouri
zainab zeinab zaynab
`;

/** By name, the numbers of the groups it is in. */
const groupsOf = new Map<string, number[]>();
groups
  .trim()
  .split('\n')
  .forEach((line, group) => {
    for (const name of line.split(' ')) groupsOf.set(name, [...(groupsOf.get(name) ?? []), group]);
  });

const none: readonly number[] = [];

/** The groups of given names that a word belongs to; words that share one are forms of one name. */
export function nicknameGroups(word: string): readonly number[] {
  return groupsOf.get(word) ?? none;
}

export function areNicknames(left: string, right: string): boolean {
  const mine = nicknameGroups(left);
  return mine.length > 0 && mine.some((group) => nicknameGroups(right).includes(group));
}
