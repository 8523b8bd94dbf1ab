#!/usr/bin/perl
# Raw IP sockets, which Node does not have, for the agent. They get what NAT and filters have let through to this host.
# Usage: raw.pl [the IPv6 addresses of this host]
#
# stdin:  <id> <protocol> <source> <destination> <payload in hex>   sends a packet; the kernel makes its IP header
# stdout: sent <id> [<error>]                                       what came of it
#         got <protocol> <source> <destination> <payload in hex>    a packet that arrived: SCTP, ICMP errors and echo
#                                                                   replies, and TCP resets that refuse a connection
use strict;
use warnings;
use Errno;
use Socket qw(:DEFAULT inet_pton inet_ntop pack_sockaddr_in6 unpack_sockaddr_in6 MSG_DONTWAIT);

use constant { ICMP => 1, TCP => 6, IPV6 => 41, ICMP6 => 58, SCTP => 132, IPV6_FREEBIND => 78 };
use constant { SO_ATTACH_FILTER => 26, SO_RCVBUFFORCE => 33 };

my @sockets = (
    (map { receiver(AF_INET, $_) } ICMP, TCP, SCTP),
    (map { receiver(AF_INET6, $_) } ICMP6, TCP),
    # An IPv6 socket does not tell to which address a packet came, so there is one for each.
    (map { receiver(AF_INET6, SCTP, $_) } @ARGV),
);
syswrite STDOUT, "ready\n";

my $input = '';
while (1) {
    my $wanted = '';
    vec($wanted, $_, 1) = 1 for fileno STDIN, map { fileno $_->{handle} } @sockets;
    select(my $readable = $wanted, undef, undef, undef);
    for my $socket (@sockets) {
        receive($socket) if vec($readable, fileno $socket->{handle}, 1);
    }
    if (vec($readable, fileno STDIN, 1)) {
        sysread(STDIN, $input, 65536, length $input) or exit;
        send_packet(split ' ', $1) while $input =~ s/^(.*)\n//;
    }
}

sub receiver {
    my ($family, $protocol, $address) = @_;
    socket my $handle, $family, SOCK_RAW, $protocol or die "no raw sockets: $!\n";
    setsockopt $handle, SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20;
    refusals_only($handle, $family) if $protocol == TCP;
    if (defined $address) {
        setsockopt $handle, IPV6, IPV6_FREEBIND, 1; # the address may not be there yet
        bind $handle, name($family, $address) or die "no raw socket for $address: $!\n";
    }
    return { handle => $handle, family => $family, protocol => $protocol, address => $address // '::' };
}

# Has the kernel keep all TCP segments but resets with the sequence number 0: these refuse a connection, others end one.
sub refusals_only {
    my ($handle, $family) = @_;
    my $program = join '', map { pack 'S C C L', @$_ } (
        $family == AF_INET ? [0xb1, 0, 0, 0] : [1, 0, 0, 0], # X = where the segment begins: after the IPv4 header, or at 0
        [0x50, 0, 0, 13],                                    # A = its flags
        [0x45, 0, 3, 4],                                     # has A the bit of a reset?
        [0x40, 0, 0, 4],                                     # A = its sequence number
        [0x15, 0, 1, 0],                                     # is A 0?
        [6, 0, 0, 65536], [6, 0, 0, 0],                      # take it, or leave it
    );
    setsockopt $handle, SOL_SOCKET, SO_ATTACH_FILTER, pack('S x![P] P', length($program) / 8, $program) or die "no filter: $!\n";
}

sub name {
    my ($family, $address) = @_;
    return $family == AF_INET ? pack_sockaddr_in(0, inet_aton($address)) : pack_sockaddr_in6(0, inet_pton(AF_INET6, $address));
}

sub receive {
    my ($socket) = @_;
    while (my $from = recv $socket->{handle}, my $packet, 65536, MSG_DONTWAIT) {
        my ($source, $destination) = (undef, $socket->{address});
        if ($socket->{family} == AF_INET) {
            ($source, $destination) = map { inet_ntoa($_) } unpack 'x12 a4 a4', $packet;
            $packet = substr $packet, 4 * (ord($packet) & 15);
        } else {
            $source = inet_ntop(AF_INET6, (unpack_sockaddr_in6($from))[1]);
        }
        say_line('got', $socket->{protocol}, $source, $destination, unpack 'H*', $packet) if is_news($socket->{protocol}, $packet);
    }
}

sub is_news {
    my ($protocol, $payload) = @_;
    my $first = ord $payload;
    return $first == 0 || $first == 3 || $first == 11 if $protocol == ICMP;
    return $first < 128 || $first == 129 if $protocol == ICMP6;
    return 1; # SCTP, and what the filter has left of TCP
}

sub send_packet {
    my ($id, $protocol, $source, $destination, $hex) = @_;
    my $family = $destination =~ /:/ ? AF_INET6 : AF_INET;
    my $handle;
    my $sent = socket($handle, $family, SOCK_RAW, $protocol)
        && bind($handle, name($family, $source))
        && send($handle, pack('H*', $hex), 0, name($family, $destination));
    say_line('sent', $id, $sent ? () : (grep { $!{$_} } sort keys %!)[0]);
}

sub say_line {
    syswrite STDOUT, "@_\n";
}
