"""The running thing: settings, access, routes, live, app, command line. The only part that speaks HTTP."""
