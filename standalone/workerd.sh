#!/bin/sh
# Started by Miniflare in place of workerd (its path comes in DEPLOYX_WORKERD): the kernel ends workerd when Miniflare's
# process is killed, which would otherwise leave it behind with the port and the databases open.
exec /usr/bin/setpriv --pdeathsig KILL "$DEPLOYX_WORKERD" "$@"
