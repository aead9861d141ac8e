/** The pages, and the switches of language and colours. */
import { Icon } from "../components/Icon";
import { Segments } from "../components/Segments";
import { chooseLanguage } from "../i18n/language";
import { useLanguage, useWords } from "../i18n/useLanguage";
import { Link } from "../router/Link";
import type { PageName } from "../router/routes";
import { chooseTheme, useTheme } from "../theme/theme";

const GROUPS: readonly (readonly PageName[])[] = [
  ["runs", "run", "new"],
  ["data", "tokenizer"],
  ["chat", "explain", "evaluate"],
];

export function Navigation({ page }: { readonly page: PageName | null }) {
  const { shell } = useWords();
  return (
    <header className="shell__side">
      <Link to="/" className="shell__brand">
        <img src="/icon.svg" alt="" />
        {shell.product}
      </Link>
      <nav className="shell__nav" aria-label={shell.navigation}>
        {GROUPS.map((group, index) => (
          <NavigationGroup key={group[0]} group={group} page={page} isFirst={index === 0} />
        ))}
      </nav>
      <Switches />
    </header>
  );
}

interface NavigationGroupProps {
  readonly group: readonly PageName[];
  readonly page: PageName | null;
  readonly isFirst: boolean;
}

function NavigationGroup({ group, page, isFirst }: NavigationGroupProps) {
  const { shell } = useWords();
  return (
    <>
      {isFirst ? null : <div className="shell__gap" />}
      {group.map((name) => (
        <Link
          key={name}
          to={`/${name}`}
          className="shell__link"
          aria-current={name === page ? "page" : undefined}
        >
          <Icon name={name} />
          {shell.pages[name]}
        </Link>
      ))}
    </>
  );
}

function Switches() {
  const { shell } = useWords();
  const language = useLanguage();
  const theme = useTheme();
  return (
    <div className="shell__foot">
      <Segments
        label={shell.language}
        value={language}
        options={[
          { value: "en", label: "EN" },
          { value: "zh", label: "中文" },
        ]}
        onChange={chooseLanguage}
      />
      <Segments
        label={shell.theme}
        value={theme}
        options={[
          { value: "system", label: shell.themes.system },
          { value: "light", label: shell.themes.light },
          { value: "dark", label: shell.themes.dark },
        ]}
        onChange={chooseTheme}
      />
    </div>
  );
}
