#!/usr/bin/perl
# Traffic for the benchmark of the data path, at the least cost of its own. Usage: traffic.pl <kind> <count>
#
# udp     sends the first packet of <count> flows, from many clients and ports; replies are not waited for
# tcp     makes <count> connections, one after the other, and resets each
# stream  sends <count> MB over one connection
#
# stdin:  <address> <port>   a target, which take turns
#         prepare            no more of them; once it can start it writes "ready"
#         go                 once all is sent it writes "done"
use strict;
use warnings;
use Socket qw(:DEFAULT IPPROTO_RAW IPPROTO_TCP IPPROTO_UDP);

use constant TCP_CONGESTION => 13;

my ($kind, $count) = @ARGV;
my %prepare = (udp => \&flows, tcp => \&connections, stream => \&stream);

my @targets;
while (defined(my $line = <STDIN>)) {
    last if $line eq "prepare\n";
    my ($address, $port) = split ' ', $line;
    push @targets, { address => inet_aton($address), port => $port };
}
my $send = $prepare{$kind}->();
syswrite STDOUT, "ready\n";
exit if <STDIN> ne "go\n";
$send->();
syswrite STDOUT, "done\n";

# Everybody in a network of pods: a client of any other address would be masqueraded.
sub flows {
    socket my $raw, AF_INET, SOCK_RAW, IPPROTO_RAW or die "no raw sockets: $!\n";
    my @places = map { scalar sockaddr_in(0, $_->{address}) } @targets;
    my @clients = map { inet_aton("10.200.1.$_") } 1 .. 200;
    my @packets = map {
        my $turn = int($_ / @clients);
        my $target = ($_ + $turn) % @targets;
        my ($address, $port) = @{ $targets[$target] }{qw(address port)};
        my $ip = pack 'CCnnnCCna4a4', 0x45, 0, 32, 0, 0, 64, IPPROTO_UDP, 0, $clients[$_ % @clients], $address;
        [ $ip . pack('nnnna4', 1024 + $turn, $port, 12, 0, 'flow'), $places[$target] ];
    } 0 .. $count - 1;
    return sub {
        for (@packets) { defined send $raw, $_->[0], 0, $_->[1] or die "cannot send: $!\n" }
    };
}

sub connections {
    my @places = map { scalar sockaddr_in($_->{port}, $_->{address}) } @targets;
    my $reset = pack 'ii', 1, 0;
    return sub {
        for (0 .. $count - 1) {
            socket my $socket, AF_INET, SOCK_STREAM, 0 or die "no socket: $!\n";
            connect $socket, $places[$_ % @places] or die "cannot connect: $!\n";
            setsockopt $socket, SOL_SOCKET, SO_LINGER, $reset or die "SO_LINGER: $!\n";
            close $socket;
        }
    };
}

sub stream {
    my $megabyte = 'x' x 1_000_000;
    return sub {
        socket my $socket, AF_INET, SOCK_STREAM, 0 or die "no socket: $!\n";
        # Other congestion controls may pace, and the processor would rest.
        setsockopt $socket, IPPROTO_TCP, TCP_CONGESTION, 'reno' or die "TCP_CONGESTION: $!\n";
        connect $socket, scalar sockaddr_in($targets[0]{port}, $targets[0]{address}) or die "cannot connect: $!\n";
        for (1 .. $count) {
            for (my $sent = 0; $sent < length $megabyte;) {
                $sent += syswrite($socket, $megabyte, length($megabyte) - $sent, $sent) || die "cannot send: $!\n";
            }
        }
        # The other end closes once it has read all.
        shutdown $socket, 1;
        sysread $socket, my $end, 1;
    };
}
