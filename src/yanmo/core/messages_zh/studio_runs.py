"""Chinese wordings: the studio's server, its pages of runs, and the command that starts it."""

CHINESE = {
    "The folder that holds the runs.": "存放各次运行的目录。",
    "Address to listen on; others can look with 0.0.0.0.": (
        "监听的地址；用 0.0.0.0 时其他机器也能访问。"
    ),
    "Port to listen on; 0 for a free one.": "监听的端口；0 表示任选一个空闲端口。",
    "Open a browser.": "打开浏览器。",
    "Look at runs, data and models in a browser; start new runs.": (
        "在浏览器里查看运行、数据和模型，并启动新的运行。"
    ),
    "the studio needs a package that is not installed": "工作室需要的软件包还没有安装",
    "this is a file; the studio shows a folder of runs": "这是文件；工作室要的是存放运行的目录",
    "the studio's pages are missing": "缺少工作室的网页",
    "studio of {folder}: {address}": "{folder} 的工作室：{address}",
    "Ctrl-C ends it; runs that it has started go on.": "按 Ctrl-C 结束；由它启动的运行会继续进行。",
    "this address cannot be listened on": "无法监听这个地址",
    "Give another one with --host and --port.": "请用 --host 和 --port 换一个地址。",
    "the studio cannot write into this folder of runs": "工作室无法写入这个存放运行的目录",
    "this name does not belong to the studio": "这个域名不属于工作室",
    "another site may not use the studio": "其他网站不能使用工作室",
    "open the address that `yanmo studio` printed: it carries the token": (
        "请打开 `yanmo studio` 打印的地址：里面带有访问令牌"
    ),
    "this request cannot be understood": "无法理解这个请求",
    "there is no run called '{name}'": "没有名为“{name}”的运行",
    "The studio's pages are not built. With Node.js 20 or later: `make studio` in the repository;"
    " packages from the index have them built.": (
        "工作室的网页尚未构建。装好 Node.js 20 或更高版本后，在代码库里运行 `make studio`；"
        "从软件源安装的包里已经带有构建好的网页。"
    ),
    "there is no such address": "没有这个地址",
    "this run is going on already": "这次运行正在进行",
    "this run is not going on": "这次运行没有在进行",
    "this run belongs to another user of the machine": "这次运行属于本机的另一个用户",
    "this stage has no metrics yet": "这个阶段还没有指标",
    "the recipe of this run cannot be read by this version": "当前版本无法读取这次运行的配方",
    "there is a run called '{name}' already": "已有名为“{name}”的运行",
    "Give the new run another name.": "请给新的运行换一个名字。",
    "the recipe has mistakes": "配方有错误",
}
