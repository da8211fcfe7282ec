"""Ids and offsets by the `tokenizers` library, for test/unit/tokenizer-offsets.test.ts.

    pip install tokenizers==0.23.3 sentencepiece==0.2.3 protobuf==7.36.2
    python tools/golden/tokenizer.py [--train [NAME ...]]

With --train, trains small tokenizers of every kind (or those named) on the text below (nothing is downloaded; sentencepiece only compiles
the character table of the `Precompiled` normalizer) and writes them to test/golden/tokenizer/NAME.tokenizer.json. Equally
frequent pieces come in a different order each time, so without it the files there are used. Then writes NAME.json: per
text the ids, the offsets (code points converted to UTF-16 units) and the decoded text. A post-processor's
`trim_offsets` is switched off for the offsets, because Losslight wants every character covered. The texts are in
texts.json.
"""

import json
import sys
import tempfile
import unicodedata
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

OUT = Path(__file__).resolve().parents[2] / "test/golden/tokenizer"

CORPUS = """\
The weather in Paris is mild today, and the weather in Berlin is cold. What is the weather like in your city?
I called the tool get_weather with the city of Paris; the tool returned 12.5 degrees and a light wind from the west.
The model learns from the tokens that it writes itself, and not from the tokens that the tool returned to it.
A token is a piece of text. The tokenizer divides the text into tokens, and every token covers some characters.
Das Wetter in München ist heute schön, aber die Straße ist naß. Größe und Maß sind nicht dasselbe.
Le café est à côté de l'hôtel, où l'été a été très agréable. Ça va bien, merci; le garçon est déjà là.
Погода в Москве сегодня хорошая, а завтра будет дождь. Модель учится на токенах, которые пишет сама.
El niño comió una manzana mañana por la mañana; ¿dónde está la señora? ¡Qué día más bonito!
今天天气很好，我们去公园。模型从自己写的词里学习。今天的天气怎么样？
今日はいい天気ですね。カタカナとひらがなと漢字。モデルは自分の言葉から学びます。
الطقس جميل اليوم في باريس. النموذج يتعلم من الكلمات التي يكتبها.
מזג האוויר נעים היום בפריז. המודל לומד מהמילים שהוא כותב.
def add(a, b):\\n    return a + b  # 1 + 2 = 3, 10 + 20 = 30, 2024 - 1999 = 25
{"name": "get_weather", "arguments": {"city": "Paris", "days": 3}}
Don't worry, it's fine: we'll see what they've done, and I'm sure you're right. The file and the office are far away.
""".splitlines()

TEXTS = [
    "",
    " ",
    "  ",
    "   \n  ",
    "\n",
    "\t",
    "a",
    "The weather in Paris is mild today.",
    " leading space",
    "  two leading spaces",
    "trailing space ",
    "trailing spaces   ",
    "double  and   triple spaces",
    "line one\nline two\n\nline four\n",
    "carriage\r\nreturn\r\n",
    "tab\tseparated\tvalues\t\t",
    "def f(x):\n    return x  # comment\n",
    "12.5 degrees, 2024-11-22, 1234567890",
    "Don't, we'll, I'M, THEY'VE",
    '{"city": "Paris", "n": [1, 2.0, -3e5]}',
    "café naïve Straße",
    "cafe\u0301 nai\u0308ve",
    "e\u0301\u0323 o\u0323\u0302 a\u0328\u0301",
    "\u0301 starts with a mark",
    "A\u030angstrom \u212b \u2126",
    "\u1e69 s\u0323\u0307 s\u0307\u0323",
    "\ud55c\uad6d\uc5b4 \u1112\u1161\u11ab\u1100\u116e\u11a8",
    "Straße GROẞ İstanbul ISPARTA ıI",
    "ΟΔΥΣΣΕΥΣ Σ ΑΣ, Σοφός",
    "今天天气很好，我们去公园。",
    "今日はいい天気ですね。ｶﾀｶﾅ ガ が",
    "الطقس جميل اليوم",
    "مُحَمَّد ﷺ",
    "מזג האוויר נעים שָׁלוֹם",
    "Ｆｕｌｌ　ｗｉｄｔｈ １２３",
    "ﬁne oﬃce ﬀ ﬅ",
    "x² ½ Ⅳ ① ㎏ … ‥",
    "～ｆｕｌｌ～ tilde ～",
    "non\u00a0breaking\u2003em\u3000wide",
    "zero\u200bwidth\u200cjoin\u200der\ufeffbom",
    "\ufeffbom first",
    "control\x01\x07\x1f\x7fchars",
    "next\x85line\u2028sep\u2029par",
    "😀 👍🏽 👩‍👩‍👧‍👦 🇫🇷🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "😀😀😀",
    "a😀b👩‍💻c",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐍈 𠀀𠀁",
    "☃ unknown ☄ ☄☃ ☃☃☃ ☃ x",
    "ᚠᚢᚦ ꙮ ꙮꙮ ᚠ",
    "नमस्ते दुनिया किताब",
    "สวัสดีชาวโลก Việt Nam",
    "Москва, погода; МОСКВА",
    "▁already▁there ▁ ▁▁x",
    "<0x0A> and <0xE4> literal",
    "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n",
    "<|im_end|><|im_end|>",
    "text<|im_end|> text <|im_end|>  text",
    "a <mask> b  <mask>  c<mask>",
    "<mask> <mask>",
    "a <sep> b  <sep>  c<sep>\n\nd",
    "x <sep> <mask> y",
    "x<sep> y <sep> <|im_end|> z",
    " the<sep> x",
    "<Tool> <tool> <TOOL> a<Tool>b",
    "ｔｏｏｌ ＜Tool＞ <Tool\u0301>",
    "<|im_start <|im_endx| |>",
    "the the the the tokens tokens tokenizer",
    "ÀÉÎÕÜ àéîõü ÇÑ çñ",
    "ǅ ǆ ŉ ẞ ﬆ ㌀",
    "price: $5 & 100% of #1 @home *bold* _it_ ~ ^ ` \\ |",
    "word\u0301word e\u0301\u200d\u0301 \u0300\u0301",
]

IM = [AddedToken("<|im_start|>", special=True), AddedToken("<|im_end|>", special=True)]
ADDED = [
    *IM,
    AddedToken("<mask>", special=True, lstrip=True),
    AddedToken("<sep>", special=True, rstrip=True),
    AddedToken("<Tool>", special=False, normalized=True),
]
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
LLAMA_DECODER = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]


def byte_level(pre_tokenizer, normalizer=None, ignore_merges=False, size=400):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
    )
    tokenizer.add_tokens(ADDED)
    return tokenizer


CLIP = r"<\|im_start\|>|<\|im_end\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def clip():
    """Like CLIP's: lower case, words by a pattern whose matches alone are kept, `</w>` at the end of a word."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(CLIP), "removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.BPEDecoder("</w>")
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(
            vocab_size=700, initial_alphabet=alphabet, end_of_word_suffix="</w>",
            special_tokens=["<unk>"], show_progress=False,
        ),
    )
    tokenizer.add_tokens(IM)
    return tokenizer


def sentencepiece_bpe(pre_tokenizer=None, normalizer=None, byte_fallback=True, fuse_unk=True, decoder=None):
    """SentencePiece-style BPE: one vocabulary for all; only what surrounds it differs."""
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    trained.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    trained.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(
            vocab_size=320, limit_alphabet=180, special_tokens=["<unk>", "<s>", "</s>"], show_progress=False
        ),
    )
    saved = json.loads(trained.to_str())
    model = saved["model"]
    if byte_fallback:
        names = [f"<0x{byte:02X}>" for byte in range(256)]
        rest = sorted(model["vocab"], key=model["vocab"].get)
        model["vocab"] = {token: i for i, token in enumerate(rest[:3] + names + rest[3:])}
    model["byte_fallback"] = byte_fallback
    model["fuse_unk"] = fuse_unk
    saved["pre_tokenizer"] = None
    tokenizer = Tokenizer.from_str(json.dumps(saved))
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.decoder = decoder or decoders.Sequence(LLAMA_DECODER)
    tokenizer.add_tokens(ADDED)
    return tokenizer


def unigram(normalizer, scheme="always"):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme)
    tokenizer.decoder = decoders.Metaspace(prepend_scheme=scheme)
    tokenizer.train_from_iterator(
        CORPUS,
        trainers.UnigramTrainer(
            vocab_size=400, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False
        ),
    )
    tokenizer.add_tokens(ADDED)
    return tokenizer


def wordpiece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(cleanup=False)
    tokenizer.train_from_iterator(
        CORPUS,
        trainers.WordPieceTrainer(vocab_size=400, special_tokens=["[UNK]", "[CLS]", "[SEP]"], show_progress=False),
    )
    tokenizer.add_tokens(ADDED)
    return tokenizer


def character_rules():
    """The rules that SentencePiece's `nmt_nfkc` has for what the texts hold; all of them would be 300 kB."""
    removed = [*range(1, 9), 0xB, *range(0xE, 0x20), 0x7F, 0x8F, 0x9F]
    spaces = [9, 0xA, 0xC, 0xD, 0xA0, 0x1680, *range(0x2000, 0x2010), 0x2028, 0x2029, 0x202F, 0x205F, 0x2581, 0x3000]
    rules = {chr(point): "" for point in removed} | {chr(point): " " for point in [*spaces, 0xFEFF, 0xFFFD]}
    whole = "\n".join(TEXTS)
    for i, character in enumerate(whole):
        end = i + 1
        while end < len(whole) and (unicodedata.combining(whole[end]) or "\u1161" <= whole[end] <= "\u11ff"):
            end += 1
        for part in (character, whole[i:end]):
            if part not in rules and part != "～" and unicodedata.normalize("NFKC", part) != part:
                rules[part] = unicodedata.normalize("NFKC", part)
    return rules


def compiled_character_table():
    """These rules in the compiled form that a `Precompiled` normalizer holds."""
    import sentencepiece

    rules = character_rules()
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "rules.tsv"
        lines = (f"{code_points(source)}\t{code_points(target)}\n" for source, target in rules.items())
        table.write_text("".join(lines))
        corpus = Path(folder) / "corpus.txt"
        corpus.write_text("\n".join(CORPUS))
        sentencepiece.SentencePieceTrainer.train(
            input=str(corpus), model_prefix=f"{folder}/m", vocab_size=300, hard_vocab_limit=False,
            normalization_rule_tsv=str(table), minloglevel=2,
        )
        from sentencepiece import sentencepiece_model_pb2

        model = sentencepiece_model_pb2.ModelProto()
        model.ParseFromString(Path(f"{folder}/m.model").read_bytes())
    return model.normalizer_spec.precompiled_charsmap


def code_points(text):
    return " ".join(f"{ord(character):X}" for character in text)


def tokenizers():
    """Name → tokenizer."""
    gpt2 = pre_tokenizers.ByteLevel(add_prefix_space=False)
    no_regex = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    llama3 = byte_level(
        pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3), "isolated"), no_regex]), ignore_merges=True
    )
    llama3.post_processor = processors.ByteLevel(trim_offsets=True)
    digits = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), gpt2])
    metaspace = lambda scheme: pre_tokenizers.Metaspace(prepend_scheme=scheme, split=False)
    spaces = normalizers.Replace(Regex(" {2,}"), " ")
    return {
        "byte-clip": clip(),
        "byte-gpt2": byte_level(gpt2),
        "byte-prefix-space": byte_level(pre_tokenizers.ByteLevel(add_prefix_space=True)),
        "byte-llama3": llama3,
        "byte-digits-nfc": byte_level(digits, normalizers.NFC()),
        "bpe-metaspace-always": sentencepiece_bpe(metaspace("always"), decoder=decoders.Metaspace(prepend_scheme="always")),
        "bpe-metaspace-first": sentencepiece_bpe(metaspace("first")),
        "bpe-metaspace-never": sentencepiece_bpe(
            metaspace("never"), decoder=decoders.Sequence(LLAMA_DECODER[:3])
        ),
        "bpe-prepend-replace": sentencepiece_bpe(
            normalizer=normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
        ),
        "bpe-replace-unknown": sentencepiece_bpe(
            pre_tokenizers.Split(" ", "merged_with_previous"), normalizers.Replace(" ", "▁"),
            byte_fallback=False, fuse_unk=False, decoder=decoders.Sequence(LLAMA_DECODER[:3]),
        ),
        "bpe-metaspace-fused-unknown": sentencepiece_bpe(metaspace("first"), byte_fallback=False),
        "unigram-nfkc": unigram(normalizers.NFKC()),
        "unigram-lowercase-strip": unigram(
            normalizers.Sequence([normalizers.Strip(), spaces, normalizers.Lowercase()])
        ),
        "unigram-accents-first": unigram(
            normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()]), "first"
        ),
        "unigram-precompiled": unigram(
            normalizers.Sequence([normalizers.Precompiled(compiled_character_table()), spaces])
        ),
        "wordpiece-bert": wordpiece(),
    }


def to_utf16(text):
    """UTF-16 offset of each code point, and of the end."""
    offsets = [0]
    for character in text:
        offsets.append(offsets[-1] + (2 if ord(character) > 0xFFFF else 1))
    return offsets


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "texts.json").write_text(json.dumps(TEXTS, ensure_ascii=True, indent=0) + "\n")
    if "--train" in sys.argv[1:]:
        wanted = sys.argv[sys.argv.index("--train") + 1 :]
        for name, tokenizer in tokenizers().items():
            if wanted and name not in wanted:
                continue
            (OUT / f"{name}.tokenizer.json").write_text(tokenizer.to_str() + "\n")
    for path in sorted(OUT.glob("*.tokenizer.json")):
        name = path.name.removesuffix(".tokenizer.json")
        tokenizer = Tokenizer.from_file(str(path))
        if tokenizer.post_processor:
            tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
        cases = []
        for text in TEXTS:
            encoding = tokenizer.encode(text, add_special_tokens=False)
            units = to_utf16(text)
            cases.append(
                {
                    "ids": encoding.ids,
                    "offsets": [[units[start], units[end]] for start, end in encoding.offsets],
                    "decoded": tokenizer.decode(encoding.ids, skip_special_tokens=False),
                }
            )
        lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
        (OUT / f"{name}.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
