# What rt-setup-database inserts: the queue, its custom fields, two people who may work in it, and a token for root.
use strict;
use warnings;

our @Queues = ({ Name => 'Operations', Description => 'Incidents of the shop' });

our @Users = map {
    { Name => $_, RealName => ucfirst $_, EmailAddress => "$_\@lab.invalid", Password => "$_-lab-only", Privileged => 1 }
} qw(alice bob);

our @CustomFields = map {
    { Name => $_, Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket', Queue => 'Operations' }
} qw(Service Priority Alert);

our @ACL = map {
    { GroupDomain => 'SystemInternal', GroupType => 'Privileged', Queue => 'Operations', Right => $_ }
} qw(SeeQueue ShowTicket ShowTicketComments CreateTicket ReplyToTicket CommentOnTicket OwnTicket ModifyTicket
    SeeCustomField ModifyCustomField);

our @Final = (sub {
    my $root = RT::User->new(RT->SystemUser);
    $root->Load('root');
    my ($made, $message, $token) =
        RT::AuthToken->new(RT->SystemUser)->Create(Owner => $root->id, Description => 'live tests');
    die "no token: $message" unless $made;
    open my $file, '>', 'token' or die "token: $!";
    print {$file} $token;
    close $file or die "token: $!";
});
