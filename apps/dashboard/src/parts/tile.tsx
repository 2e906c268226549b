/** A figure and what it is of, in a list of them. */
export function Tile({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <li>
      <strong>{value}</strong> {name}
    </li>
  );
}
