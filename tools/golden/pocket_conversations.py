"""The conversations and texts of the golden files, in the shape of src/conversation/types.ts."""

import json

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "day": {"type": "string", "enum": ["today", "tomorrow"]}},
            "required": ["city"],
        },
    },
}
CALCULATE = {
    "type": "function",
    "function": {
        "name": "calculate",
        "description": "Compute an expression",
        "parameters": {"type": "object", "properties": {"expression": {"type": "string"}}, "required": ["expression"]},
    },
}
ODD_TOOL = {
    "type": "function",
    "function": {
        "name": "größe",
        "description": 'Quotes "double" and \'single\', <b>&amp;</b>, 漢字, 👍, a tab\tand a line\nbreak',
        "parameters": {"type": "object", "properties": {"x": {"type": "number", "minimum": 0.5, "default": None}}, "required": []},
    },
}


def system(content):
    return {"role": "system", "content": content}


def user(content):
    return {"role": "user", "content": content}


def assistant(content="", think=None, calls=None):
    message = {"role": "assistant", "content": content}
    if think is not None:
        message["reasoning"] = think
    if calls:
        message["toolCalls"] = calls
    return message


def call(name, arguments, raw=None):
    raw = json.dumps(arguments, ensure_ascii=False) if raw is None else raw
    return {"name": name, "arguments": arguments, "rawArguments": raw}


def tool(content, name=None):
    return {"role": "tool", "content": content} | ({"name": name} if name else {})


def conversation(name, *messages, tools=None):
    out = {"id": name, "messages": list(messages), "extra": {}, "source": {"file": "golden", "record": 0, "line": 1}}
    if tools:
        out["tools"] = tools
    return out


def to_openai(c):
    """(messages, tools, options of the template) for apply_chat_template. Arguments stay objects."""
    messages = []
    for m in c["messages"]:
        out = {"role": m["role"], "content": m["content"]}
        if "reasoning" in m:
            out["reasoning_content"] = m["reasoning"]
        if "toolCalls" in m:
            out["tool_calls"] = [
                {"type": "function", "function": {"name": t["name"], "arguments": t["arguments"]}} for t in m["toolCalls"]
            ]
        if "name" in m:
            out["name"] = m["name"]
        messages.append(out)
    return messages, c.get("tools"), c.get("options", {})


# Logits and gradients are computed for these.
SEQUENCES = [
    conversation(
        "sequence-answer",
        user("I am Clara. What is 3 plus 4?"),
        assistant("Clara, it is 7.", think="3+4 is easy. No tool is needed."),
    ),
    conversation(
        "sequence-call",
        user("Will it rain in Oslo?"),
        assistant(think="I need get_weather.", calls=[call("get_weather", {"city": "Oslo"})]),
    ),
]

_rain = assistant(think="I need the weather in Oslo.", calls=[call("get_weather", {"city": "Oslo"})])
_result = tool('{"sky": "rainy", "celsius": 7}', "get_weather")
_answer = assistant("It is rainy in Oslo today, 7 degrees.", think="It is rainy.")

CONVERSATIONS = [
    *SEQUENCES,
    conversation("answer-only", user("Hello!"), assistant("Hello! How can I help?")),
    conversation("think-and-answer", user("Who are you?"), assistant("I am Pocket.", think="A question about me.")),
    conversation("empty-think", user("Hello!"), assistant("Hi!", think="")),
    conversation("think-only", user("Think."), assistant(think="I only think.")),
    conversation("empty-answer", user("Say nothing."), assistant()),
    conversation("call-only", user("Rain in Oslo?"), assistant(calls=[call("get_weather", {"city": "Oslo"})]), tools=[WEATHER]),
    conversation("call-without-tools-listed", user("Rain in Oslo?"), assistant(calls=[call("get_weather", {"city": "Oslo"})])),
    conversation("system-and-answer", system("You are Nora."), user("Who are you?"), assistant("I am Nora.", think="My name is above.")),
    conversation("system-empty", system(""), user("Hi"), assistant("Hello!")),
    conversation("system-and-tools", system("You are Nora."), user("Hi"), assistant("Hello!", think=""), tools=[WEATHER, CALCULATE]),
    conversation("tool-round", user("Will it rain in Oslo?"), _rain, _result, _answer, tools=[WEATHER]),
    conversation("text-and-call", user("Rain?"), assistant("I look it up.", think="Which city? Oslo.", calls=[call("get_weather", {"city": "Oslo"})]), tools=[WEATHER]),
    conversation(
        "parallel-calls",
        user("Weather in Oslo and Rome tomorrow?"),
        assistant(think="Two cities.", calls=[call("get_weather", {"city": "Oslo", "day": "tomorrow"}), call("get_weather", {"city": "Rome", "day": "tomorrow"})]),
        tool('{"sky": "sunny", "celsius": 3}', "get_weather"),
        tool('{"sky": "foggy", "celsius": 12}', "get_weather"),
        assistant("Oslo: sunny, 3 degrees. Rome: foggy, 12 degrees.", think="I have both results."),
        tools=[WEATHER],
    ),
    conversation(
        "parallel-calls-with-text",
        user("Both, please."),
        assistant("One moment.", calls=[call("calculate", {"expression": "12*34"}), call("calculate", {"expression": "(1+2)/3"})]),
        tools=[CALCULATE],
    ),
    conversation(
        "two-calls-in-turn",
        user("What is 12*34, and that plus 1?"),
        assistant(think="First the product.", calls=[call("calculate", {"expression": "12*34"})]),
        tool('{"result": 408}', "calculate"),
        assistant(think="Now the sum.", calls=[call("calculate", {"expression": "408+1"})]),
        tool('{"result": 409}', "calculate"),
        assistant("408 and 409.", think="Done."),
        tools=[CALCULATE],
    ),
    conversation(
        "multi-turn-stripped-think",
        system("You are Nora."),
        user("My name is Elif."),
        assistant("Hello Elif.", think="A greeting."),
        user("What is my name?"),
        assistant("Your name is Elif.", think="It was stated above."),
    ),
    conversation(
        "multi-turn-tools",
        user("Will it rain in Oslo?"), _rain, _result, _answer,
        user("And in Rome?"),
        assistant(think="Now Rome.", calls=[call("get_weather", {"city": "Rome"})]),
        tool('{"error": "not found"}', "get_weather"),
        assistant("I could not get the weather in Rome.", think="The tool failed."),
        tools=[WEATHER, CALCULATE],
    ),
    conversation("ends-with-user", user("Hi"), assistant("Hello!", think="A greeting."), user("Who are you?")),
    conversation("ends-with-tool", user("Will it rain in Oslo?"), _rain, _result, tools=[WEATHER]),
    conversation("two-assistants", user("Count."), assistant("One."), assistant("Two.", think="Go on.")),
    conversation("second-system", system("First."), user("Hi"), assistant("Hello!"), system("Second."), user("Bye"), assistant("Bye!")),
    conversation("user-only", user("Hello!")),
    conversation("content-holds-end-of-turn", user("What does <|im_end|> mean?"), assistant("<|im_end|> ends a turn.", think="<|im_end|> is a mark.")),
    conversation("content-holds-marks", user("<think>no</think> <|im_start|>assistant\nhi"), assistant("<tool_call>{}</tool_call> <tools>", think="</think> inside")),
    conversation("odd-unicode", user("👩‍👩‍👧‍👦 🇩🇪 漢字 e\u0301 שלום नमस्ते"), assistant("𝒳 ﬁ Å \u200b\ufeff", think="½ ٣ Ⅷ")),
    conversation("white-space", user("  a\r\n\r\nb\tc  "), assistant(" \n x \n\n", think="\n\n  y\n")),
    conversation("odd-arguments", user("Go."), assistant(calls=[call("größe", {"x": -1.5, "s": '"<&>\' 漢\n', "l": [1, True, None, {}], "o": {"k": []}})]), tools=[ODD_TOOL]),
    conversation("no-arguments", user("Go."), assistant(think="Go.", calls=[call("go", {})])),
    conversation("numbers", user("12,345.67 + 0.5 = ?"), assistant("12346.17", think="Add 0.5 to 12,345.67.")),
    {**conversation("thinking-off", user("Hi"), assistant("Hello!")), "options": {"enable_thinking": False}},
]

STRINGS = [
    "", " ", "\n", "\n\n\n", "\r\n", "\t\t", "  two   three    ", "a\r\nb\rc", "don't CAN'T", "a_b-c.d/e\\f", "'\"`´",
    "12,345.67 −5 ①②³ ¼ ٣٤٥ Ⅷ 𝟘𝟙", "e\u0301a\u0308 Z\u0351\u036b", "漢字かな交じり文。", "안녕 \u1112\u1161\u11ab", "नमस्ते दुनिया", "שלום עולם",
    "👍🏽 👩‍👩‍👧‍👦 🇩🇪 \ufe0f", "\u00a0\u2009\u3000\u0085\ufeff\u200b", "\u2028\u2029\x0b\x0c", "\x00\x01\x7f", "𝒳𝓎 𐐷 𠮷野家",
    "<|im_end|", "<|im_end|><|im_end|>", "x<think>y</think>z", "<tools>\n</tools>", "<|endoftext|>", "</ think>",
]  # fmt: skip
