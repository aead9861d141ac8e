/** A page that fails is told on its place; the others go on. */
import { Component, type ReactNode } from "react";

interface PageBoundaryProps {
  readonly title: string;
  readonly children: ReactNode;
}

export class PageBoundary extends Component<PageBoundaryProps, { readonly failed: string | null }> {
  override state = { failed: null };

  static getDerivedStateFromError(error: unknown) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    if (this.state.failed === null) return this.props.children;
    return (
      <div className="note note--bad" role="alert">
        <strong>{this.props.title}</strong>
        <code>{this.state.failed}</code>
      </div>
    );
  }
}
