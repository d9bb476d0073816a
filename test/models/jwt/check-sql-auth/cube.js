// Cube's own hook of the SQL API. The key set is kept, and asked for again for an unknown key, at most every 30 seconds.
const { createRemoteJWKSet, jwtVerify } = require('jose');

const keys = createRemoteJWKSet(new URL(process.env.JWKS_URL));

module.exports = {
  checkSqlAuth: async (req, user, password) => {
    const { payload } = await jwtVerify(password, keys, { algorithms: ['RS256'], requiredClaims: ['exp'] });
    // The password that it answers must be the one that was sent.
    return { password, securityContext: payload };
  },
};
