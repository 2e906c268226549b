/** pnpm is told to keep quiet (pnpm-workspace.yaml), and the first install takes a while: one line says what goes on. */
module.exports = {
  hooks: {
    preResolution({ existsCurrentLockfile }) {
      if (!existsCurrentLockfile)
        process.stderr.write("Installing Keybrake and a Node 24 of its own, once …\n");
    },
  },
};
