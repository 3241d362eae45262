package container

import "strings"

// applets are the commands of busybox 1.36 as the official image builds it.
const applets = ` [ [[ acpid adduser addgroup adjtimex ar arch arp arping ascii ash awk base32 base64 basename bc beep blkdiscard blkid blockdev bootchartd
brctl bunzip2 bzcat bzip2 cal cat chat chattr chgrp chmod chown chpasswd chpst chroot chrt chvt cksum clear cmp comm conspy cp cpio crc32
crond crontab cryptpw cttyhack cut date dc dd deallocvt delgroup deluser depmod devmem df dhcprelay diff dirname dmesg dnsd dnsdomainname
dos2unix dpkg dpkg-deb du dumpkmap dumpleases echo ed egrep eject env envdir envuidgid ether-wake expand expr factor fakeidentd fallocate
false fatattr fbset fbsplash fdflush fdformat fdisk fgconsole fgrep find findfs flock fold free freeramdisk fsck fsck.minix fsfreeze fstrim
fsync ftpd ftpget ftpput fuser getfattr getopt getty grep groups gunzip gzip halt hd hdparm head hexdump hexedit hostid hostname httpd hush
hwclock i2cdetect i2cdump i2cget i2cset i2ctransfer id ifconfig ifdown ifenslave ifplugd ifup inetd init insmod install ionice iostat ip
ipaddr ipcalc ipcrm ipcs iplink ipneigh iproute iprule iptunnel kbd_mode kill killall killall5 klogd last less link linux32 linux64 linuxrc
ln loadfont loadkmap logger login logname logread losetup lpd lpq lpr ls lsattr lsmod lsof lspci lsscsi lsusb lzcat lzma lzop makedevs
makemime man md5sum mdev mesg microcom mim mkdir mkdosfs mke2fs mkfifo mkfs.ext2 mkfs.minix mkfs.vfat mknod mkpasswd mkswap mktemp modinfo
modprobe more mount mountpoint mpstat mt mv nameif nanddump nandwrite nbd-client nc netstat nice nl nmeter nohup nologin nproc nsenter
nslookup ntpd od openvt partprobe passwd paste patch pgrep pidof ping ping6 pipe_progress pivot_root pkill pmap popmaildir poweroff
powertop printenv printf ps pscan pstree pwd pwdx raidautorun rdate rdev readahead readlink readprofile realpath reboot reformime
remove-shell renice reset resize resume rev rm rmdir rmmod route rpm rpm2cpio rtcwake run-init run-parts runlevel runsv runsvdir rx script
scriptreplay sed seedrng sendmail seq setarch setconsole setfattr setfont setkeycodes setlogcons setpriv setserial setsid setuidgid sh
sha1sum sha256sum sha3sum sha512sum showkey shred shuf slattach sleep smemcap softlimit sort split ssl_client start-stop-daemon stat
strings stty su sulogin sum sv svc svlogd svok swapoff swapon switch_root sync sysctl syslogd tac tail tar taskset tc tcpsvd tee telnet
telnetd test tftp tftpd time timeout top touch tr traceroute traceroute6 tree true truncate ts tsort tty ttysize tunctl ubiattach
ubidetach ubimkvol ubirename ubirmvol ubirsvol ubiupdatevol udhcpc udhcpc6 udhcpd udpsvd uevent umount uname unexpand uniq unix2dos
unlink unlzma unshare unxz unzip uptime users usleep uudecode uuencode vconfig vi vlock volname w wall watch watchdog wc wget which who
whoami whois xargs xxd xz xzcat yes zcat zcip `

// notInAlpine are applets that Alpine's busybox leaves out, some of which its
// package busybox-extras has.
const notInAlpine = `ar acpid ascii bootchartd chat chpst chvt conspy cryptpw cttyhack deallocvt devfsd devmem dhcprelay dnsd dpkg dpkg-deb
dumpleases envdir envuidgid fakeidentd fgconsole ftpd ftpget ftpput httpd hush i2cdetect i2cdump i2cget i2cset i2ctransfer ifplugd inetd lpd lpq
lpr makemime man mim minips mt nameif pmap popmaildir reformime rpm rpm2cpio runsv runsvdir rx script scriptreplay setuidgid softlimit svc svlogd
svok tcpsvd telnet telnetd tftp tftpd udhcpd udpsvd unit uevent wall volname xz`

// alpineMore are the programs of Alpine's base image beside busybox.
const alpineMore = `apk getconf getent iconv ldconfig ldd scanelf ssl_client update-ca-certificates c_rehash lzma unlzma`

// debianBase are the programs of Debian's base image that people may type.
const debianBase = `[ addgroup adduser apt apt-cache apt-cdrom apt-config apt-get apt-key apt-mark arch awk b2sum base32 base64 basename basenc bash bashbug
blkid blockdev cat catchsegv chage chattr chcon chcpu chfn chgrp chmod choom chown chpasswd chroot chrt chsh cksum clear cmp comm cp csplit cut
dash date dd deb-systemd-helper deb-systemd-invoke debconf delgroup deluser df diff diff3 dir dircolors dirname dmesg dnsdomainname domainname
dpkg dpkg-deb dpkg-divert dpkg-query dpkg-reconfigure dpkg-split dpkg-statoverride du e2fsck echo egrep env expand expiry expr factor faillog
fallocate false fdisk fgrep fincore find findmnt flock fmt fold fsck fsfreeze fstrim getconf getent getopt getty gpasswd gpgv grep groupadd
groupdel groupmod groups gunzip gzexe gzip head hostid hostname iconv id infocmp install invoke-rc.d ionice ipcmk ipcrm ipcs join last lastb
lastlog ldconfig ldd link ln locale localedef logger login logname logsave losetup ls lsattr lsblk lscpu lsipc lslocks lslogins lsmem lsns mawk
md5sum mesg mkdir mke2fs mkfifo mkfs mknod mkswap mktemp more mount mountpoint mv namei nawk newgrp nice nisdomainname nl nohup nologin nproc
nsenter numfmt od partx passwd paste pathchk perl pidof pinky pivot_root pr printenv printf prlimit ptx pwd rbash readlink realpath rename.ul
renice reset rev rgrep rm rmdir rtcwake run-parts runcon runuser savelog sdiff sed select-editor sensible-pager seq service setarch setpriv
setsid setterm sg sh sha1sum sha224sum sha256sum sha384sum sha512sum shred shuf sleep sort split start-stop-daemon stat stdbuf stty su sulogin
sum swapoff swapon switch_root sync tabs tac tail tar taskset tee tempfile test tic timeout toe touch tput tr true truncate tset tsort tty
tune2fs tzselect ulockmgr umount uname uncompress unexpand uniq unlink unshare update-alternatives update-rc.d useradd userdel usermod users
utmpdump vdir wall wc wdctl which whereis who whoami xargs yes ypdomainname zcat zcmp zdiff zdump zegrep zfgrep zforce zgrep zic zless zmore znew`

// procps are the programs that Ubuntu's base image and buildpack-deps have on
// top of Debian's.
const procps = `free kill pgrep pidwait pkill pmap ps pwdx skill slabtop snice sysctl tload top uptime vmstat w watch`

// buildpack are those of the image buildpack-deps, on which language images
// are built.
const buildpack = procps + ` curl wget git hg svn ssh scp ssh-keygen gcc g++ cc make patch file xz unxz unzip bzip2 bunzip2 openssl perl python3 autoconf automake mysql_config pkg-config gpg`

// oracleBase are the programs of the Oracle Linux under the image of MySQL.
const oracleBase = `[ alias arch awk b2sum base32 base64 basename bash cat chcon chgrp chmod chown cksum comm cp csplit curl cut date dd df dir dircolors dirname
du echo egrep env expand expr factor false fgrep find fmt fold gawk getconf getent grep groups gunzip gzip head hostid hostname iconv id install
join ldconfig ldd link ln locale logname ls md5sum microdnf mkdir mkfifo mknod mktemp more mv nice nl nohup nproc numfmt od openssl paste pathchk
pinky pr printenv printf ptx pwd readlink realpath rm rmdir rpm sed seq sh sha1sum sha256sum sha512sum shred shuf sleep sort split stat stdbuf
stty sum sync tac tail tee test timeout touch tr true truncate tsort tty uname unexpand uniq unlink users vdir wc which who whoami xargs yes xz zcat`

// programsOf reads a list of programs in which the names of the lists above
// stand for all that they hold.
func programsOf(list string) map[string]bool {
	bases := map[string]string{"applets": applets, "alpine": applets + alpineMore, "debian": debianBase, "procps": procps, "buildpack": buildpack, "oracle": oracleBase}
	m := map[string]bool{}
	for name := range strings.FieldsSeq(list) {
		base, ok := bases[name]
		if !ok {
			m[name] = true
			continue
		}
		for n := range strings.FieldsSeq(base) {
			m[n] = true
		}
		if name == "alpine" {
			for n := range strings.FieldsSeq(notInAlpine) {
				delete(m, n)
			}
		}
	}
	return m
}

// surelyMissing tells whether an image has no executable called name in its
// PATH.
func (im Image) surelyMissing(name string) bool {
	switch {
	case strings.ContainsAny(name, " \t\n"):
		return true
	case strings.Contains(name, "/"):
		return false // decided by the file tree
	case im.programs == nil:
		return false
	}
	return !im.programs[name]
}
