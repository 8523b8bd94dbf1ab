#!/usr/bin/perl
# Sends one TCP packet that does not fit into its connection, in the name of this host's end, and says "sent".
# Usage: odd-packet.pl <own address> <own port> <other address> <other port> <flags> <bytes ahead> <ack ahead> <bytes>
# The numbers count from those of the connection, which it reads from what the other end sends, until that is silent.
use strict;
use warnings;
use Errno;
use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6);

my ($own, $own_port, $other, $other_port, $flags, $ahead, $ack_ahead, $length) = @ARGV;
my $family = $own =~ /:/ ? AF_INET6 : AF_INET;
my $name = sub { $family == AF_INET ? pack_sockaddr_in(0, inet_aton($_[0])) : pack_sockaddr_in6(0, inet_pton(AF_INET6, $_[0])) };
socket my $raw, $family, SOCK_RAW, 6 or die "no raw socket: $!\n";
bind $raw, $name->($own) or die "no raw socket for $own: $!\n";
$SIG{ALRM} = sub { die "the other end says nothing\n" };
alarm 20;
syswrite STDERR, "listening\n";

my ($sequence, $acknowledged);
while (not defined $sequence or is_readable($raw)) {
    defined recv $raw, my $packet, 65536, 0 or die "no packet: $!\n";
    $packet = substr $packet, 4 * (ord($packet) & 15) if $family == AF_INET;
    my ($from, $to, $seq, $ack, $offset, $bits) = unpack 'n n N N C C', $packet;
    next if $from != $other_port || $to != $own_port || $bits & 7;
    ($sequence, $acknowledged) = ($ack, $seq + length($packet) - 4 * ($offset >> 4));
}
my %bit = (F => 1, S => 2, R => 4, P => 8, A => 16, U => 32);
my $bits = 0;
$bits |= $bit{$_} for grep { $_ ne '-' } split //, $flags;
my $packet = pack 'n n N N C C n n n a*', $own_port, $other_port, ($sequence + $ahead) & 0xffffffff,
    ($acknowledged + $ack_ahead) & 0xffffffff, 5 << 4, $bits, 500, 0, 0, 'x' x $length;
my $address = sub { inet_pton($family, $_[0]) };
my $sum = 0;
$sum += $_ for unpack 'n*', $address->($own) . $address->($other) . pack('N N', 6, length $packet) . $packet . "\0" x (length($packet) % 2);
$sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
substr $packet, 16, 2, pack 'n', ~$sum & 0xffff;
# EPERM says that a rule of this host stopped it.
defined send $raw, $packet, 0, $name->($other) or $!{EPERM} or die "not sent: $!\n";
syswrite STDOUT, "sent\n";

sub is_readable {
    vec(my $wanted = '', fileno $_[0], 1) = 1;
    return select $wanted, undef, undef, 0.1;
}
