#!/usr/bin/perl
# All endpoints of the benchmark of the data path at once: takes what comes to port 8080 of any address, and ends when
# its stdin does. UDP packets are left to the kernel, which drops what does not fit into the smallest of buffers.
#
# stdout: ready
# stdin:  a line             then it writes how many connections there were, and how many bytes came over them
use strict;
use warnings;
use Socket;

my $everywhere = sockaddr_in(8080, INADDR_ANY);
socket my $udp, AF_INET, SOCK_DGRAM, 0 or die "no socket: $!\n";
setsockopt $udp, SOL_SOCKET, SO_RCVBUF, 1 or die "SO_RCVBUF: $!\n";
bind $udp, $everywhere or die "cannot bind: $!\n";
socket my $tcp, AF_INET, SOCK_STREAM, 0 or die "no socket: $!\n";
bind $tcp, $everywhere or die "cannot bind: $!\n";
listen $tcp, 4096 or die "cannot listen: $!\n";
syswrite STDOUT, "ready\n";

my ($connections, $bytes) = (0, 0);
while (1) {
    my $wanted = '';
    vec($wanted, fileno $_, 1) = 1 for *STDIN, $tcp;
    select(my $readable = $wanted, undef, undef, undef);
    if (vec($readable, fileno $tcp, 1)) {
        accept my $socket, $tcp or next;
        $connections += 1;
        while (my $length = sysread $socket, my $data, 1 << 20) { $bytes += $length }
    } else {
        sysread STDIN, my $line, 64 or exit;
        syswrite STDOUT, "$connections $bytes\n";
    }
}
