/** Addresses that are not of the internet at large, and what is none. */
export const PRIVATE_ADDRESSES = wordsOf(`
  0.0.0.0 0.1.2.3 127.0.0.1 127.255.255.254 10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1
  169.254.169.254 169.254.170.2 100.64.0.1 100.100.100.200 192.0.0.192 192.0.2.1 198.18.0.1
  198.51.100.1 203.0.113.1 192.88.99.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 :: ::1
  ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:169.254.169.254 ::ffff:a9fe:a9fe
  64:ff9b::a9fe:a9fe 64:ff9b:1::1 2002:7f00:1:: 2002:a9fe:a9fe::1 2001:0:4136:e378:8000:63bf:3fff:fdd2
  fe80::1 febf::1 fe80::1%eth0 fc00::1 fd00:ec2::254 fdff::1 fec0::1 ff02::1 2001:db8::1 100::1
  3fff::1 localhost fe80::zz 256.1.1.1
`);

/** URLs that lead to such, as the resolver of this machine has them: no name is asked for outside. */
export const PRIVATE_WEB_URLS = wordsOf(`
  https://127.0.0.1/a/b https://127.1/a/b https://0/a/b https://2130706433/a/b https://0x7f000001/a/b
  https://0x7f.1/a/b https://0177.0.0.1/a/b https://017700000001/a https://127.0.0.1./a/b
  https://[::1]/a/b https://[::ffff:127.0.0.1]/a https://[::]:443/a https://[fd00:ec2::254]/latest
  https://169.254.169.254/latest https://0xa9fea9fe/latest https://2852039166/latest
  https://0251.0376.0251.0376/latest https://169.254.170.2/v2 https://localhost/a/b
  https://LOCALHOST/a/b https://10.0.0.1:8443/a http://192.168.1.1/a
`);

function wordsOf(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
