/** A TOML file to read: headings, keys and comments told apart. */
export function TomlText({ text }: { readonly text: string }) {
  let number = 0;
  return (
    <pre className="toml">
      {text.split("\n").map((line) => {
        number += 1;
        return (
          <div key={number} data-kind={kindOf(line)}>
            {line || " "}
          </div>
        );
      })}
    </pre>
  );
}

function kindOf(line: string): string {
  if (line.startsWith("#")) return "comment";
  return line.startsWith("[") ? "heading" : "value";
}
