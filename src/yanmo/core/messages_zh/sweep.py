"""Chinese messages of `yanmo sweep`."""

CHINESE: dict[str, str] = {
    "Run a recipe with several values, and pick the best by validation.": (
        "用几组取值运行同一配方，按验证集选出最好的。"
    ),
    "A recipe file, or the name of a shipped recipe; that of the demo unless told.": (
        "配方文件，或自带配方的名称；默认为演示用的配方。"
    ),
    "What is varied: key=a,b,c or key=1e-4..1e-2; a single value is for all.": (
        "要变化的：key=a,b,c 或 key=1e-4..1e-2；单个取值对所有试验生效。"
    ),
    "Folder of the sweep; runs/NAME-sweep unless told.": ("调参的文件夹；默认为 runs/NAME-sweep。"),
    "pretrain, finetune, or evaluate, which then measures the best trial alone.": (
        "pretrain、finetune 或 evaluate；后者只测量最好的那次试验。"
    ),
    "Draw combinations; ranges are always drawn from.": "随机抽取组合；区间总是随机抽取。",
    "So many are drawn; 10 unless told.": "抽取的个数；默认 10。",
    "Of the drawing.": "抽取所用的种子。",
    "The validation figure that decides.": "用来取舍的验证集指标。",
    "So much worse may the smallest be than the best.": "最小的可以比最好的差这么多。",
    "A third of the training for all, all of it for a third.": (
        "先让全部试验训练三分之一，再让其中三分之一训练完整。"
    ),
    "Begin no trial after so long.": "超过这么多小时后不再开始新的试验。",
    "End with the first trial that fails.": "有试验失败即结束。",
    "there is no stage '{name}' to stop after": "没有可以在其后停下的阶段“{name}”",
    "best recipe: {path}": "最好的配方：{path}",
    "nothing is varied": "没有给出要变化的取值",
    "Give a key several values: model.d_model=32,64,128.": (
        "请给某个键几个值：model.d_model=32,64,128。"
    ),
    "{key} is given twice": "{key} 给了两次",
    "a value of {key} is empty or stands twice: {values}": "{key} 的取值有空的或重复的：{values}",
    "'{text}' is no range": "“{text}”不是区间",
    "Write the lower value first: 1e-4..1e-2, or five values of it: 1e-4..1e-2:5.": (
        "先写较小的值：1e-4..1e-2；取其中五个值则写 1e-4..1e-2:5。"
    ),
    "{count:,} combinations are more than {most:,}": "{count:,} 种组合超过了 {most:,}",
    "Draw some of them: --random --trials 20.": "请随机抽取一些：--random --trials 20。",
    "--trials has no effect: every combination is run": "--trials 不起作用：所有组合都会运行",
    "Draw from the combinations with --random, or leave it out.": (
        "请用 --random 随机抽取组合，或去掉该选项。"
    ),
    "halving keeps one combination of {count}: give as many": (
        "折半法每 {count} 种组合保留一种：请至少给出这么多"
    ),
    "a seed has no range": "种子没有区间",
    "Name the seeds: 0,1,2.": "请列出种子：0,1,2。",
    "no trial gives '{name}'": "没有试验给出“{name}”",
    "the recipe has no section [finetune.NAME]": "配方中没有 [finetune.NAME] 一节",
    "what is varied has no effect on pre-training": "变化的取值对预训练没有影响",
    "Leave --until out, or give --until finetune.": "请去掉 --until，或写 --until finetune。",
    "this folder holds files that no sweep made": "这个文件夹里有并非由调参产生的文件",
    "a sweep is one process; its trials start those that they need": (
        "调参是一个进程；各次试验自行启动所需的进程"
    ),
    "Start it without a launcher; set parallel.replicate in the recipe.": (
        "请不要用启动器启动；在配方里设置 parallel.replicate。"
    ),
    "taken from another run: {names}": "取自另一次运行：{names}",
    "trial {n}/{count}: {name}": "第 {n}/{count} 次试验：{name}",
    "(first round, a third of the training)": "（第一轮，训练三分之一）",
    "(about {time} left)": "（大约还需 {time}）",
    "measuring the best trial, {name}": "正在测量最好的试验 {name}",
    "every trial failed": "所有试验都失败了",
    "the time was over before one trial was finished": "还没有一次试验完成，时间就到了",
    "Give the command again to go on.": "再次运行该命令即可继续。",
    "{names} came out as no number": "{names} 得到的不是数",
    "trial": "试验",
    "first round": "第一轮",
    "not finished": "未完成",
    "behind": "落后",
    "best": "最好",
    "smallest": "最小",
    "Best: {settings}, with {label} {figure} ({params} parameters, {time}).": (
        "最好：{settings}，{label} {figure}（{params} 个参数，{time}）。"
    ),
    "Smallest within {rule} of it: {settings}, with {figure} ({params} parameters, {time}).": (
        "与之相差不超过 {rule} 的最小者：{settings}，{figure}（{params} 个参数，{time}）。"
    ),
    "one standard error": "一个标准误",
    "Nothing smaller comes within {rule} of it.": "没有更小的与之相差不超过 {rule}。",
    "least": "最小",
    "greatest": "最大",
    "{key} = {value} is the {side} that was tried: what is better may lie beyond.": (
        "{key} = {value} 是试过的{side}值：更好的可能在其之外。"
    ),
    "{key} may change what is validated on: then the figures are of different texts, and do not"
    " compare.": "{key} 可能改变验证所用的文本：那样各数值出自不同的文本，不能比较。",
    "Measured once, on the {split} split, for the best trial alone: {figures}.": (
        "只对最好的试验在{split}部分测量一次：{figures}。"
    ),
    "{count} {count:trial is|trials are} not finished; give the command again to go on.": (
        "{count} 次试验未完成；再次运行该命令即可继续。"
    ),
    "{name} · sweep": "{name} · 调参",
    "{name}: a sweep": "{name}：调参",
    "{done} of {count} trials finished": "{count} 次试验已完成 {done} 次",
    "drawn at random": "随机抽取",
    "every combination": "全部组合",
    "{time} of training in all": "训练共 {time}",
    "No trial is finished yet.": "还没有完成的试验。",
    "Trials that failed": "失败的试验",
    "higher is better": "越高越好",
    "lower is better": "越低越好",
    "{figure} ({better})": "{figure}（{better}）",
    "Heat map": "热力图",
    "Heat map of {figure}": "{figure} 的热力图",
    "Parallel coordinates": "平行坐标",
    "Only the seed was varied.": "只变化了种子。",
    "every combination and its {figure}": "每种组合及其 {figure}",
    "{figure} over training steps": "{figure} 随训练步数的变化",
    "The best combination is red; the deeper the blue of another, the nearer it comes. Figures"
    " are those of the validation split.": (
        "最好的组合为红色；其余的蓝色越深，离它越近。数值来自验证集。"
    ),
    "What the values do": "取值的作用",
    "How each trial learned": "各次试验的学习过程",
    "result": "结果",
    "The best first. `sweep.csv` beside this page has the same for other programs.": (
        "最好的在前。本页旁边的 `sweep.csv` 有同样的内容，供其他程序使用。"
    ),
    "All trials": "全部试验",
    "Trials are compared on the validation split; no test split has any part in the choice.": (
        "各次试验在验证集上比较；选择时不涉及任何测试集。"
    ),
    "The best of {count} is the best partly by luck: on text that nothing was chosen by expect a"
    " little less. `--until evaluate` measures it there.": (
        "{count} 个之中最好的，部分是靠运气：在没有用来选择的文本上，预计会稍差一些。"
        "`--until evaluate` 会在那里测量它。"
    ),
    "Figures are means over seeds, with the standard error of the mean.": (
        "数值是各种子的平均，附平均值的标准误。"
    ),
    "“Smallest” is the smallest combination within one standard error of the best, up to"
    " {limit}.": ("“最小”是与最好的相差不超过一个标准误（到 {limit} 为止）的最小组合。"),
    "“Smallest” is the smallest combination whose figure is no further from the best than"
    " {limit}.": "“最小”是数值离最好的不超过 {limit} 的最小组合。",
    "In the first round every combination got a third of the training; the best third of them"
    " got all of it.": "第一轮每种组合训练三分之一；其中最好的三分之一训练完整。",
    "How it was picked, and how to go on with it.": "如何选出，如何接着用。",
    "The choice": "选择",
}
