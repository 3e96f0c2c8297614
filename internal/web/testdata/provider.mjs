// A certified OpenID Connect provider (npm oidc-provider) on this machine, in
// which anybody signs in with any password. The first argument is the folder of
// its packages, the second a port. A login is the part of the address before @.
const [modules, port] = process.argv.slice(2);
const { default: Provider } = await import(modules + '/oidc-provider/lib/index.js');
const provider = new Provider('http://127.0.0.1:' + port, {
  features: { registration: { enabled: true }, devInteractions: { enabled: true } },
  pkce: { required: () => true },
  scopes: ['openid', 'email', 'profile'],
  claims: { openid: ['sub', 'auth_time'], email: ['email', 'email_verified'], profile: ['name'] },
  cookies: { keys: ['only for a test'] },
  async findAccount(_, id) {
    return {
      accountId: id,
      claims: async () => ({ sub: id, email: id + '@larkspur.example', email_verified: !id.startsWith('loose'), name: 'Certified ' + id }),
    };
  },
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
