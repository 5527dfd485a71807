"""Texts, definitions and the comparison with the `tokenizers` library that the tests of this folder share."""

from __future__ import annotations

import json
import random
import unicodedata
from typing import TYPE_CHECKING, Any, Protocol

import pytest
import tokenizers

from encoderfile_runtime.tokenizer import Tokenizer, byte_offsets

if TYPE_CHECKING:
    from collections.abc import Iterable

    Definition = dict[str, Any]
    Text = str | tuple[str, str]

SENTENCES = {
    "latin": "The quick brown fox, aged 7½, doesn't jump over São Paulo's naïve Zürich façade.",
    "vietnamese": "Hôm nay trời đẹp, chúng tôi đi dạo quanh hồ và uống cà phê sữa đá.",
    "turkish": "İstanbul'da IŞIK söndü; ışığı kim kapattı, bilmiyoruz.",
    "greek": "Ο Σίσυφος έσπρωχνε τον βράχο ως την κορυφή· ὁ λόγος ᾔδει τὰς ἀρχάς.",
    "cyrillic": "Ёжик вышел из тумана; їжак і ґанок — це не те саме, ъгъл.",
    "armenian": "Այսօր եղանակը լավ է, գնանք զբոսնելու։ և ՈՒ",
    "hebrew": "בְּרֵאשִׁית בָּרָא הַמּוֹרֶה תַּרְגִּיל, וְהַיְלָדִים פָּתְרוּ אוֹתוֹ.",
    "arabic": "ذَهَبَ الوَلَدُ إلى المدرسةِ صباحًا، ثم عاد ومعه ٣ كتب.",
    "devanagari": "मैंने आज हिन्दी में एक छोटी कविता पढ़ी, क़लम ३ रुपये की थी।",
    "bengali": "আমি বাংলায় গান গাই, তুমি কি শুনতে পাচ্ছো? ১২৩",
    "tamil": "நான் தமிழில் ஒரு கடிதம் எழுதினேன்; கொக்கு பறக்கிறது.",
    "telugu": "తెలుగు భాష చాలా మధురమైనది, పుస్తకాలు చదవండి.",
    "kannada": "ಕನ್ನಡದಲ್ಲಿ ಬರೆಯುವುದು ಸುಲಭ, ಸ್ವಾಗತ ನಿಮಗೆ.",
    "malayalam": "മലയാളം പഠിക്കാൻ എനിക്ക് ഇഷ്ടമാണ്, പൂക്കൾ വിരിഞ്ഞു.",
    "thai": "วันนี้อากาศดีมาก น้ำในแม่น้ำใสจนเห็นปลา ๑๒๓",
    "lao": "ມື້ນີ້ອາກາດດີຫຼາຍ ພວກເຮົາໄປຕະຫຼາດນຳກັນ",
    "tibetan": "བོད་ཡིག་ནི་སྐད་ཡིག་ཅིག་ཡིན། ཨོཾ་མ་ཎི་པདྨེ་ཧཱུྃ།",
    "georgian": "თბილისი ლამაზი ქალაქია, ᲗᲑᲘᲚᲘᲡᲘ ძველია.",
    "ethiopic": "ዛሬ አየሩ ጥሩ ነው፤ ወደ ገበያ እንሂድ።",
    "khmer": "ថ្ងៃនេះអាកាសធាតុល្អណាស់ យើងទៅផ្សារ។",
    "myanmar": "ဒီနေ့ ရာသီဥတု သာယာတယ်၊ ဈေးသွားကြမယ်။",
    "chinese": "今天天气很好，我们去公园散步吧。𠀀𪚥豈",
    "japanese": "きょうはﾊﾝｶｸの「がぎぐ」をﾊﾟﾊﾟに教えた。㍻㈱Ａｂｃ",
    "korean": "오늘은 날씨가 좋아서 한강에서 걸었다. ㄱㄴㄷ 각",
    "cherokee": "ᎣᏏᏲ, ᏙᎯᏧ? ꭰꭱꭲ Ꭰ",
    "symbols": "e = mc², ∑ ≤ ≠ ﬁn ① ½ 5 µm → 🙂👩‍👩‍👧 ‘quoted’ … ‒ a\u00adb\u200bc\ufeff",
    "blanks": " \ttabs\r\nand\u00a0no-break\u2003em\u3000wide\u2028line\x0bvertical\x85next\x1cfile ",
}

WORDPIECE = {
    "type": "WordPiece",
    "unk_token": "[UNK]",
    "continuing_subword_prefix": "##",
    "max_input_chars_per_word": 100,
}
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def added_token(number: int, content: str, **options: bool) -> Definition:
    names = ("single_word", "lstrip", "rstrip", "normalized", "special")
    return {"id": number, "content": content, **dict.fromkeys(names, False), **options}


def post_processor(cls: int, sep: int) -> Definition:
    def special(name: str, type_id: int) -> Definition:
        return {"SpecialToken": {"id": name, "type_id": type_id}}

    def sequence(name: str, type_id: int) -> Definition:
        return {"Sequence": {"id": name, "type_id": type_id}}

    single = [special("[CLS]", 0), sequence("A", 0), special("[SEP]", 0)]
    ids = {"[CLS]": cls, "[SEP]": sep}
    return {
        "type": "TemplateProcessing",
        "single": single,
        "pair": [*single, sequence("B", 1), special("[SEP]", 1)],
        "special_tokens": {name: {"id": name, "ids": [number], "tokens": [name]} for name, number in ids.items()},
    }


def bert_normalizer(**options: bool | None) -> Definition:
    usual = {"clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True}
    return {"type": "BertNormalizer", **usual, **options}


@pytest.fixture(scope="session")
def sentences() -> list[str]:
    """Natural text in many scripts."""
    return list(SENTENCES.values())


@pytest.fixture(scope="session")
def vocabulary(sentences: list[str]) -> dict[str, int]:
    """A WordPiece vocabulary of those texts, and of what the normal forms and no normalizer at all leave of them."""
    learner = tokenizers.Tokenizer(tokenizers.models.WordPiece(unk_token=SPECIAL[1]))
    learner.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    trainer = tokenizers.trainers.WordPieceTrainer(
        vocab_size=3000, special_tokens=list(SPECIAL), show_progress=False, min_frequency=1
    )
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD") for text in sentences]
    learner.train_from_iterator([*sentences, *forms, *map(str.lower, forms)], trainer)
    found: dict[str, int] = learner.get_vocab()
    return found


@pytest.fixture(scope="session")
def bert(vocabulary: dict[str, int]) -> Definition:
    """The definition of an uncased BERT tokenizer."""
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [added_token(vocabulary[token], token, special=True) for token in SPECIAL],
        "normalizer": bert_normalizer(),
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": post_processor(vocabulary["[CLS]"], vocabulary["[SEP]"]),
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {**WORDPIECE, "vocab": vocabulary},
    }


@pytest.fixture(scope="session")
def random_texts(sentences: list[str]) -> list[str]:
    """Texts put together from letters, marks that change places, white space, controls and special tokens."""
    generator = random.Random(20)  # noqa: S311, texts are no secrets
    assigned = [chr(code) for code in range(0x80, 0x30000) if unicodedata.category(chr(code)) not in ("Cn", "Cs")]
    marks = [character for character in assigned if unicodedata.combining(character)]
    pools = [
        list("abcdefgABCXYZ0123456789 .,-'[]"),
        [character for text in sentences for character in text],
        [character for character in assigned if character < "\u2e80"],
        assigned,
        marks,
        list(" \t\n\r\x0b\x0c\x00\x1c\x1f\x7f\x85\xa0\u2003\u3000\ufeff\ufffd\u200d"),
        list("\U0001d165\u302e\u302f\u0f73\u0344\u0345\u0334\u1715\u0bd7\u1161\u11a8\u1100\uac00e\u0323\u0301"),
        ["[SEP]", " [MASK] ", "[CLS]", "[UNK]", "[sep]"],
    ]
    texts = []
    for _ in range(2500):
        chosen = generator.choices(pools, k=3)
        texts.append("".join(generator.choice(generator.choice(chosen)) for _ in range(generator.randrange(24))))
    return texts


class Compare(Protocol):
    """Asserts that a definition means the same here and to the library."""

    def __call__(self, definition: Definition, texts: Iterable[Text]) -> None: ...


@pytest.fixture(scope="session")
def same() -> Compare:
    """The comparison of every part of an encoding."""

    def compare(definition: Definition, texts: Iterable[Text]) -> None:
        library = tokenizers.Tokenizer.from_str(json.dumps(definition))
        ours = Tokenizer.from_json(definition)
        for text in texts:
            first, second = (text, None) if isinstance(text, str) else text
            expected = library.encode(first, second)
            encoding = ours.encode(first, second)
            assert encoding.ids == expected.ids, ascii(text)
            assert encoding.tokens == expected.tokens, ascii(text)
            assert encoding.offsets == expected.offsets, ascii(text)
            assert encoding.type_ids == expected.type_ids, ascii(text)
            assert list(map(int, encoding.special)) == expected.special_tokens_mask, ascii(text)
            if second is None:
                assert ours.encode_ids(first) == (expected.ids, encoding.cut), ascii(text)
                parts = [first[start:end].encode() for start, end in encoding.offsets]
                data = first.encode()
                assert [data[start:end] for start, end in byte_offsets(first, encoding.offsets)] == parts

    return compare
