/**
 * The passwords of eight and more characters that lead every published list of leaked ones, and the rows of keyboards.
 * Shorter ones are refused for their length.
 */
const common = `
12345678 123456789 1234567890 01234567 0123456789 87654321 987654321 9876543210 0987654321 11111111 111111111 1111111111
00000000 000000000 0000000000 22222222 33333333 44444444 55555555 66666666 77777777 88888888 99999999 12341234 12121212
12344321 11223344 1122334455 123123123 123321123 112233445566 123456123456 12345679 123454321 1234512345 147258369
159357456 741852963 789456123 147852369 password password1 password12 password123 password1234 password! password0
password2 password3 password01 passw0rd passw0rd1 p@ssword p@ssw0rd p@ssword1 p@ssw0rd1 pa55word pa$$word pa$$w0rd
mypassword newpassword thepassword secretpassword qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 qwerty12345
qwerty123456 qwerty321 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 1qaz2wsx 1qaz2wsx3edc qazwsxedc
qazwsx123 zaq12wsx zaq1zaq1 1qazxsw2 !qaz2wsx asdfghjk asdfghjkl asdfasdf asdf1234 asdfjkl; zxcvbnm1 zxcvbnm123 zxcvbnm,
qweasdzxc qweasd123 qwer1234 qwertyqwerty qweqweqwe 1234qwer 123qweasd 12345qwert 12qwaszx abcdefgh abcdefghi abcd1234
abc12345 abc123456 abc123abc abcabcabc a1b2c3d4 a12345678 a123456789 aa123456 aa12345678 aaaaaaaa aaaaaaaaaa iloveyou
iloveyou1 iloveyou2 iloveyou! iloveyou123 ilovegod ilovemyself iloveu123 trustno1 letmein1 letmein123 letmeinnow welcome1
welcome12 welcome123 welcome2 welcome! admin123 admin1234 admin12345 adminadmin administrator administrator1 root1234
rootroot toor1234 superuser sysadmin changeme changeme1 changeme123 default1 guest123 guestguest testtest test1234
test12345 testing1 testing123 demo1234 demodemo temp1234 temporary user1234 username login123 loginlogin access14
football football1 baseball baseball1 basketball softball hockey12 soccer12 liverpool liverpool1 chelsea1 arsenal1
barcelona juventus realmadrid manchester superman superman1 batman123 spiderman spiderman1 starwars starwars1 pokemon1
pokemon123 minecraft minecraft1 naruto123 dragon12 dragon123 dragonball monkey12 monkey123 mustang1 corvette mercedes
porsche1 yamaha12 princess princess1 princess2 sunshine sunshine1 sunshine2 shadow12 shadow123 master12 master123 michael1
michelle jennifer jessica1 jonathan alexander alexandra nicholas victoria christian christopher samantha elizabeth
charlie1 danielle benjamin anthony1 patricia caroline katherine stephanie veronica valentina gabriela fernando
computer computer1 internet internet1 samsung1 samsung123 google123 facebook facebook1 instagram whatsapp linkedin
microsoft windows1 apple123 lovelove lovely12 loveme12 lovers12 babygirl babygirl1 angel123 angels12 butterfly butterfly1
chocolate chocolate1 cookie123 cupcake1 snoopy12 whatever whatever1 nothing1 blink182 metallica slipknot nirvana1
midnight midnight1 diamond1 scorpion virginia hello123 hello1234 hellohello helloworld goodluck fuckyou1 fuckyou2
asshole1 bullshit killer12 killer123 hunter12 hunter123 ranger12 jordan23 jordan123 matrix12 maverick phoenix1 thunder1
tigger12 travis12 harley12 ferrari1 chicken1 rainbow1 freedom1 forever1 family12 friends1 summer12 summer123 summer2024
summer2025 summer2026 winter12 winter123 winter2024 winter2025 winter2026 spring2024 spring2025 spring2026 autumn2025
january1 february november december september october1 monday12 friday13 secret12 secret123 security security1 private1
p4ssw0rd pass1234 pass12345 passpass pass@123 pass@1234 password@1 password@123 admin@123 admin@1234 welcome@123 test@123
qwerty@123 india123 india@123 krishna1 bismillah alhamdulillah marina12 nikita12 natasha1 nastya12 andrey12 sergey12
dmitry12 kristina ekaterina aleksandr vladimir svetlana anastasia tatyana1 zxcvbnmasd zxczxczxc asdasdasd qweqwe123
qazqazqaz 1234567a 12345678a 123456789a 1234567q 12345678q 123456789q 123456qwerty 12345qwerty 123456789qwerty
йцукенгш йцукенгшщз йцукен123 1й2ц3у4к фывапролд ячсмитьбю пароль12 пароль123 пароль1234 парольпароль любовь123 привет123
приветпривет максим123 наташа123 марина123 спартак1 зенит123 солнышко котёнок1 люблютебя qwerty1q q1q1q1q1 z1x2c3v4
gfhjkm123 gfhjkmgfhjkm ghbdtn123 ljkjhtc1 vfhbyf123 yfnfif123 k.,jdm123 1qaz@wsx 1qaz!qaz zaq!2wsx 1q2w3e4r! 1q2w3e4r5
`;

const list: ReadonlySet<string> = new Set(common.split(/\s+/).filter((word) => word !== ''));

/** Whether a guesser would try it among the first; case does not count, nor one and the same character all through. */
export const isCommonPassword = (password: string): boolean =>
  list.has(password.toLowerCase()) || new Set(password.toLowerCase()).size === 1;
