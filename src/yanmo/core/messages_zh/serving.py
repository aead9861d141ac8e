"""Chinese messages of the server: `serving`, and the command `serve`."""

CHINESE: dict[str, str] = {
    # What a request asks for
    "the body did not come in time": "请求体未能及时送达",
    "the body is not JSON": "请求体不是 JSON",
    "the body is not a JSON object": "请求体不是 JSON 对象",
    "the body is longer than {limit:,} bytes": "请求体超过 {limit:,} 字节",
    "the body has to be JSON: send the header Content-Type: application/json": (
        "请求体必须是 JSON：请加上请求头 Content-Type: application/json"
    ),
    "the prompt has {length:,} tokens, and the model reads {limit:,}": (
        "提示有 {length:,} 个词元，而模型最多读 {limit:,} 个"
    ),
    (
        "the prompt has {length:,} tokens and the answer may have {wanted:,}; together the model"
        " has room for {limit:,}"
    ): "提示有 {length:,} 个词元，回答最多 {wanted:,} 个；模型总共只容得下 {limit:,} 个",
    "only encoder-decoders write with beams here": "这里只有编码器-解码器用束搜索生成",
    "best_of must be n or left out": "best_of 必须等于 n，或省略",
    "there is no prompt": "没有提示",
    "{prompts} prompts with n = {n} are more than {limit} choices": (
        "{prompts} 个提示、n = {n}，超过了 {limit} 个选项的上限"
    ),
    "n is at most {limit}": "n 最大为 {limit}",
    "stream_options has an effect only with stream": "stream_options 只有与 stream 同用才起作用",
    "top_logprobs has an effect only with logprobs": "top_logprobs 只有与 logprobs 同用才起作用",
    "max_tokens and max_completion_tokens are the same and differ here": (
        "max_tokens 与 max_completion_tokens 含义相同，这里却给了不同的值"
    ),
    "'{key}' is not the id of a token": "“{key}”不是词元的编号",
    "a bias is at least -100 and at most 100": "偏置须在 -100 到 100 之间",
    "there is no token {id}; the vocabulary has {size}": "没有词元 {id}；词表有 {size} 个词元",
    "what the text has to be is said more than once; leave one": (
        "对文本形式的要求给了不止一次，请只留一个"
    ),
    "the type json_schema needs a schema: {form}": "类型 json_schema 需要给出模式：{form}",
    "the schema is not JSON": "模式不是 JSON",
    "the schema is no JSON object": "模式不是 JSON 对象",
    "give either prompt or messages": "请给出 prompt 或 messages 之一",
    "{one} texts and {other} do not make pairs": "{one} 段文本与 {other} 段文本无法配对",
    "give between 1 and {limit:,} texts, not {count:,}": (
        "请给出 1 到 {limit:,} 段文本，而不是 {count:,} 段"
    ),
    "{count} {count:text is|texts are} longer than the {limit:,} tokens of the model": (
        "{count} 段文本超过模型的 {limit:,} 个词元"
    ),
    "{name} has no effect on an encoder-decoder: nothing is drawn here": (
        "{name} 对编码器-解码器不起作用：这里不作随机抽取"
    ),
    # Conversations and tools
    "the chat template of this model does not show it any tools": (
        "这个模型的对话模板不会把工具告诉模型"
    ),
    "a text cannot be a call of a tool and keep to another form": (
        "文本不能既是工具调用，又遵守另一种形式"
    ),
    "a tool has to be called, and there are no tools": "要求调用工具，却没有给出工具",
    "there is no tool '{name}'": "没有名为“{name}”的工具",
    "{why} Ask /v1/completions instead, or serve a folder with a template.": (
        "{why}请改用 /v1/completions，或使用带有模板的文件夹。"
    ),
    "{what}.": "{what}。",
    # Models
    "the model '{name}' is not served here, did you mean '{suggestion}'?": (
        "这里没有模型“{name}”，是否想用“{suggestion}”？"
    ),
    "the model '{name}' is not served here; GET /v1/models lists what is": (
        "这里没有模型“{name}”；GET /v1/models 可列出现有的模型"
    ),
    "name one of the models: {names}": "请指明用哪个模型：{names}",
    "the model '{name}' cannot {what}; it answers under {routes}": (
        "模型“{name}”不能{what}；它在 {routes} 下作答"
    ),
    "continue texts": "续写文本",
    "make vectors": "给出向量",
    "answer this kind of question": "回答这类问题",
    "the model has no head '{name}'; there are: {names}": (
        "模型没有名为“{name}”的输出头；现有：{names}"
    ),
    "this model has no heads": "这个模型没有输出头",
    "the vectors of this model have {width} numbers": "这个模型的向量有 {width} 维",
    "there are more names than models": "名字比模型多",
    "two models are called '{name}'": "有两个模型都叫“{name}”",
    "Give each a name of its own: --name A --name B": "请各取一个名字：--name A --name B",
    "this model hears; it is not served": "这个模型听声音，不能作为服务提供",
    "Ask it with: yanmo predict": "请用 yanmo predict 使用它",
    "Give the folder of a model, such as runs/NAME/pretrain/model.": (
        "请给出模型文件夹，如 runs/NAME/pretrain/model。"
    ),
    # How the server is
    "the models are being loaded": "正在载入模型",
    "the server is about to end and takes no more requests": "服务即将结束，不再接受请求",
    "too many requests wait already; try again in a moment": "等待的请求过多，请稍后再试",
    "the request was ended by the server": "请求已被服务器终止",
    "the model failed: {failure}": "模型出错：{failure}",
    "the server has failed; its log says more": "服务器出错，详情见其日志",
    "there is nothing at this address; the routes are in /openapi.json": (
        "这个地址没有内容；各路由见 /openapi.json"
    ),
    "this address does not take this method": "这个地址不接受该方法",
    "the API key is missing or wrong: send the header Authorization: Bearer KEY": (
        "缺少 API 密钥或密钥不对：请加上请求头 Authorization: Bearer KEY"
    ),
    "this server is not called '{name}'; see --allow-host": (
        "这个服务器不叫“{name}”；见 --allow-host"
    ),
    "serving {names} at {address}": "正在 {address} 提供 {names}",
    "{name}: {kind}{about}": "{name}：{kind}{about}",
    (
        "{count} {count:request is|requests are} being answered; ending in {seconds:.0f} s at the"
        " latest"
    ): "还有 {count} 个请求在处理；最迟 {seconds:.0f} 秒后结束",
    "cannot listen at {host}:{port}": "无法在 {host}:{port} 上监听",
    "Choose another port, or 0 for any that is free.": "请换一个端口，或用 0 表示任一空闲端口。",
    # llama.cpp
    "llama.cpp is not handed weights as {weights}": "不能以 {weights} 的形式把权重交给 llama.cpp",
    "llama.cpp tells no log-probabilities here": "这里的 llama.cpp 不给出对数概率",
    "llama.cpp keeps to no grammar here": "这里的 llama.cpp 不遵守语法约束",
    "an id of the prompt is not in the vocabulary": "提示中有编号不在词表里",
    # The command
    "Serve models over HTTP, as clients of the OpenAI API expect it.": (
        "通过 HTTP 提供模型，接口与 OpenAI 的客户端相符。"
    ),
    "Serve models over HTTP.": "通过 HTTP 提供模型。",
    "Model folders: runs/NAME/pretrain/model.": "模型文件夹：runs/NAME/pretrain/model。",
    "Name of a model, in the order of the folders; may be repeated.": (
        "模型的名字，顺序与文件夹一致；可重复。"
    ),
    "Address to listen on.": "监听的地址。",
    "Port; 0 takes any that is free.": "端口；0 表示任一空闲端口。",
    "Key that clients have to send; better in YANMO_API_KEY or a file.": (
        "客户端须提供的密钥；最好放在 YANMO_API_KEY 或文件里。"
    ),
    "File whose first line is the key.": "首行为密钥的文件。",
    "Texts that are written at once.": "同时生成的文本数。",
    "Longest text, prompt and answer; the model's own unless told.": (
        "提示加回答的最大长度；默认取模型自身的长度。"
    ),
    "own, float32, bfloat16, int8 or int4: how weights are held.": (
        "own、float32、bfloat16、int8 或 int4：权重的存放形式。"
    ),
    "auto, native (C) or torch.": "auto、native（C 语言）或 torch。",
    "Threads of the model; all cores unless told.": "模型使用的线程数；默认用全部核心。",
    "Speculation: none, lookup, or the folder of a smaller model.": (
        "推测解码：none、lookup，或一个较小模型的文件夹。"
    ),
    "own or llama.cpp.": "own 或 llama.cpp。",
    "Write the address into this file once requests are taken.": (
        "开始接受请求后，把地址写入该文件。"
    ),
    "Texts of a model that may wait; beyond that 429.": (
        "每个模型最多有多少文本等待；再多则答以 429。"
    ),
    "Longest body of a request, such as 8MB.": "请求体的最大长度，如 8MB。",
    "Seconds that running requests have at the end.": "结束时留给进行中请求的秒数。",
    "Web pages of this origin may ask; may be repeated.": "允许该来源的网页提问；可重复。",
    "Further name of this server, such as a proxy's; may be repeated.": (
        "这个服务器的其他名字，如代理的名字；可重复。"
    ),
    "Write what is asked into the log.": "把提问内容写入日志。",
    "there is no engine '{name}'": "没有名为“{name}”的引擎",
    "give the key once": "密钥只需给出一次",
    "the key is empty": "密钥为空",
    "the file of the key cannot be read": "无法读取密钥文件",
    "everybody who reaches {host} can use this server; set a key with --api-key-file": (
        "凡能访问 {host} 的人都可以使用这个服务；请用 --api-key-file 设置密钥"
    ),
    "what is asked is written into the log": "提问内容会写入日志",
}
