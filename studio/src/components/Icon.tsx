/** Small drawings of 16 by 16, in the colour of the text around them. */
const PATHS = {
  runs: "M2.5 3v10.5h11M5 10l2.5-3 2 2 3.5-4.5",
  run: "M3 8h2.2l1.6-4 2.6 8 1.6-4H13",
  new: "M8 3.5v9M3.5 8h9",
  data: "M8 2.8c2.9 0 5 .8 5 1.9S10.900 6.600 8 6.600 3 5.800 3 4.700 5.100 2.800 8 2.800ZM3 4.700v6.600c0 1.100 2.100 1.900 5 1.900s5-.8 5-1.900V4.700M3 8c0 1.100 2.100 1.900 5 1.900S13 9.100 13 8",
  tokenizer: "M2.500 5.500h4v5h-4zM8.500 5.500h2v5h-2zM12.500 5.500h1.200v5h-1.200",
  chat: "M3 3.500h10v7H7.500L4.800 13v-2.500H3z",
  explain:
    "M8 3.500c3 0 5 2.600 5.700 4.500-.7 1.900-2.700 4.500-5.700 4.500S3 9.900 2.300 8C3 6.100 5 3.500 8 3.500Zm0 2.700a1.800 1.800 0 1 0 0 3.600 1.800 1.800 0 0 0 0-3.600Z",
  evaluate: "M3 13V8.500M6.300 13V5M9.700 13V9.500M13 13V3",
  up: "M8 12.500v-9M4.500 7 8 3.500 11.500 7",
  down: "M8 3.500v9M4.500 9 8 12.500 11.500 9",
  close: "M4 4l8 8M12 4l-8 8",
  copy: "M5.500 5.500v-2h7v7h-2M3.500 5.500h7v7h-7z",
  check: "M3.500 8.500 6.500 11.500 12.500 4.500",
  search: "M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM10 10l3.200 3.200",
  stop: "M4.500 4.500h7v7h-7z",
  play: "M5 3.500v9l7-4.500z",
  chevron: "M6 4l4 4-4 4",
  plus: "M8 3.500v9M3.500 8h9",
  trash: "M3.500 4.500h9M6.500 4.500v-1.500h3v1.500M4.800 4.500l.6 8.500h5.200l.6-8.500",
  warn: "M8 3 14 13H2zM8 6.800v2.800M8 11.200v.3",
  columns: "M3 3.500h10v9H3zM6.300 3.500v9M9.700 3.500v9",
  edit: "M3.5 12.500h2L12.500 5.500l-2-2L3.500 10.500z",
  again: "M12.500 8a4.500 4.500 0 1 1-1.400-3.200M12.500 2.800v2.700H9.800",
  forward: "M3.500 8h9M9 4.500 12.500 8 9 11.500",
  settings: "M3 5h5M11 5h2M9.500 3.500v3M3 11h2M8 11h5M6.500 9.500v3",
  download: "M8 3v6.500M5 7l3 3 3-3M3.500 12.500h9",
  upload: "M8 10V3.500M5 6l3-3 3 3M3.500 12.500h9",
  history: "M8 4.800V8l2.200 1.500M3.500 8a4.500 4.500 0 1 0 1.500-3.300M3.300 3v2.200h2.200",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
