"""Chinese wording of what conversations in the terminal say."""

CHINESE = {
    "Talk with a trained model in the terminal.": "在终端里与训练好的模型对话。",
    "What the model is told before all turns.": "在所有对话之前告诉模型的话。",
    "Go on with the text of the turns, without a template.": "不用模板，直接续写各轮的文字。",
    "Makes the answers reproducible.": "使回答可以重现。",
    "How weights are held: own, float32, bfloat16, int8 or int4.": (
        "权重的存放方式：own、float32、bfloat16、int8 或 int4。"
    ),
    "This model was not made for conversations: it goes on with what you write.": (
        "这个模型不是为对话训练的：它会接着你写的内容往下写。"
    ),
    "nothing was said yet": "还没有说过话",
    "this is no conversation": "这不是一段对话",
    "It is JSON: {form}": "应为 JSON：{form}",
    "the model failed": "模型出错",
    "this turn is too long: {length} tokens, and the model has room for {room}": (
        "这一轮太长：有 {length} 个词元，而模型只容得下 {room} 个"
    ),
    "lines cannot be kept in {path} ({why})": "无法把输入记录存入 {path}（{why}）",
    "/help lists the commands; Ctrl-D ends the conversation.": (
        "/help 列出命令；Ctrl-D 结束对话。"
    ),
    "Ctrl-D or /quit ends the conversation.": "按 Ctrl-D 或输入 /quit 结束对话。",
    "there is no command /{name}": "没有命令 /{name}",
    "/help lists the commands; a turn that begins with / begins with //.": (
        "/help 列出命令；要说的话若以 / 开头，请写成 //。"
    ),
    "(the answer ends at {count} tokens)": "（回答写到 {count} 个词元为止）",
    "(the context is full: the first {count} turns are no longer read)": (
        "（上下文已满：开头的 {count} 轮不再读入）"
    ),
    "The model is told: {text}": "已告诉模型：{text}",
    "The model is told nothing before the turns.": "对话之前不再告诉模型任何话。",
    "All turns are forgotten.": "所有对话都已忘记。",
    "The last turn and its answer are taken back.": "已撤回上一轮和它的回答。",
    "the file cannot be written": "文件无法写入",
    "the file cannot be read": "文件无法读取",
    "The conversation is in {path}.": "对话已存入 {path}。",
    "The conversation goes on after {count} turns.": "对话接在 {count} 轮之后继续。",
    "what the model is told before all turns; nothing without TEXT": (
        "在所有对话之前告诉模型的话；不写 TEXT 则不说"
    ),
    "how freely it draws; likewise /{names}": "抽取时的自由度；同样可用 /{names}",
    "another answer to the last turn": "对上一轮重新回答",
    "take the last turn and its answer back": "撤回上一轮和它的回答",
    "forget all turns": "忘记所有对话",
    "keep the conversation as JSON, and go on with it": "把对话存成 JSON，或接着它继续",
    "begins a turn of several lines, and ends it; or end lines with \\": (
        "开始和结束多行输入；也可在行尾写 \\"
    ),
    "ends an answer": "停止当前回答",
    "ends the conversation": "结束对话",
    "/{command} needs the name of a file": "/{command} 需要文件名",
}
