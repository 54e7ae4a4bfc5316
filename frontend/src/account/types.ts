export interface OwnAccount {
  id: string;
  name: string;
  login: string | null;
  password: boolean;
  passkeys: { id: string; name: string; created_at: string; used_at: string | null }[];
  identities: { issuer: string; subject: string; created_at: string }[];
}
