/** The frame: navigation, and the page that the path names. */
import { Suspense, useEffect, useRef } from "react";
import { Empty } from "../components/Empty";
import { Skeleton } from "../components/Skeleton";
import { useWords } from "../i18n/useLanguage";
import { usePlace } from "../router/location";
import { PAGES, routeOf } from "../router/routes";
import { Navigation } from "./Navigation";
import { PageBoundary } from "./PageBoundary";

export function Shell() {
  const { shell } = useWords();
  const { path } = usePlace();
  const route = routeOf(path);
  const Page = route ? PAGES[route.page] : null;
  const main = useRef<HTMLElement>(null);
  const first = useRef(path);

  useEffect(() => {
    // Whoever reads with the keyboard begins where the new page does.
    if (first.current !== path) main.current?.focus({ preventScroll: true });
    first.current = path;
    window.scrollTo(0, 0);
  }, [path]);

  return (
    <div className="shell">
      <a className="shell__skip" href="#content">
        {shell.skipToContent}
      </a>
      <Navigation page={route?.page ?? null} />
      <main className="shell__main" id="content" tabIndex={-1} ref={main}>
        <PageBoundary key={path} title={shell.pageFailed}>
          <Suspense fallback={<Skeleton lines={6} />}>
            {Page && route ? (
              <Page name={route.name} />
            ) : (
              <Empty title={shell.notFound}>
                <p>{shell.notFoundHint}</p>
              </Empty>
            )}
          </Suspense>
        </PageBoundary>
      </main>
    </div>
  );
}
