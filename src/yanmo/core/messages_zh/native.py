"""Chinese messages of decoding in C: what it uses, and why it is not to be had."""

CHINESE: dict[str, str] = {
    "the compiled kernels cannot be kept in {folder}: {why}": (
        "编译好的内核无法保存到 {folder}：{why}"
    ),
    "there is no C compiler {name}, which CC names": "找不到 CC 所指定的 C 编译器 {name}",
    "there is no C compiler; on Debian: apt-get install gcc libc6-dev": (
        "没有 C 编译器；在 Debian 上：apt-get install gcc libc6-dev"
    ),
    "{compiler} did not end": "{compiler} 未能结束",
    "{compiler} cannot compile the kernels: {error}": "{compiler} 无法编译内核：{error}",
    "the compiled kernels cannot be loaded: {why}": "编译好的内核无法加载：{why}",
    "kernels in C for {instructions}, {weights} weights, {threads} threads": (
        "C 内核（{instructions}），权重 {weights}，{threads} 个线程"
    ),
    "the kernels compute decoders, and this is none": "内核只计算解码器，而这个模型不是解码器",
    "the model is not on the processor but on {device}": "模型不在处理器上，而在 {device} 上",
    "the kernels have no mixture of experts": "内核不支持混合专家",
    "the kernels have no {kind} positions": "内核不支持 {kind} 位置",
    "the kernels have no norms behind their sums": "内核不支持放在求和之后的归一化",
    "the model is spread over processes": "模型分布在多个进程上",
    "compiled for {instructions}": "已为 {instructions} 编译",
    "Texts are written through torch, more slowly: {why}.": (
        "文本将由 torch 生成，速度较慢：{why}。"
    ),
    "a part of the model was replaced by a {kind}": "模型的一部分已被替换为 {kind}",
}
