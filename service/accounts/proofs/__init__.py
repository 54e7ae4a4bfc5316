"""How a person proves who he is: password, passkeys, identities of a provider, and challenges that count once."""
