import { expect, test } from "vitest";
import { releaseNotes } from "./notes.ts";

const CORE = `# @keybrake/core

## 0.2.0

### Minor Changes

- 1234abc: A cap can be raised.

  Nothing is lost by it.

- 99999ff: Only core.

### Patch Changes

- Updated dependencies [1234abc]
  - @keybrake/ledger@0.2.0

## 0.1.0

### Minor Changes

- The first release.
`;

const PROXY = `# @keybrake/proxy

## 0.2.0

### Minor Changes

- 1234abc: A cap can be raised.

  Nothing is lost by it.

### Patch Changes

- 7654321: A typing error.
`;

const changelogs = [
  { name: "@keybrake/core", text: CORE },
  { name: "@keybrake/proxy", text: PROXY },
];

test("a change of two packages stands once, with both names", () => {
  expect(releaseNotes(changelogs, "0.2.0")).toBe(`## Minor Changes

- A cap can be raised.

  Nothing is lost by it.

  (@keybrake/core, @keybrake/proxy)

- Only core.

  (@keybrake/core)

## Patch Changes

- A typing error.

  (@keybrake/proxy)
`);
});

test("an older version is told without the newer one", () => {
  expect(releaseNotes(changelogs, "0.1.0")).toBe(
    "## Minor Changes\n\n- The first release.\n\n  (@keybrake/core)\n",
  );
});

test.each(["0.2", "0.3.0"])("a version that no changelog has is an error: %s", (version) => {
  expect(() => releaseNotes(changelogs, version)).toThrow(`no changelog has an entry for ${version}`);
});
