"""The words of C: token types of keywords, operators and GNU spellings.

The token types are pycparser's (`pycparser.c_lexer`), so that a token can be handed to its
grammar as it is. The types in `REWRITTEN` are ours: `normalise.spelling` replaces them all.
"""

import re

PUNCTUATION = {
    "...": "ELLIPSIS", "<<=": "LSHIFTEQUAL", ">>=": "RSHIFTEQUAL", "++": "PLUSPLUS", "--": "MINUSMINUS",
    "->": "ARROW", "&&": "LAND", "||": "LOR", "<<": "LSHIFT", ">>": "RSHIFT", "<=": "LE", ">=": "GE",
    "==": "EQ", "!=": "NE", "*=": "TIMESEQUAL", "/=": "DIVEQUAL", "%=": "MODEQUAL", "+=": "PLUSEQUAL",
    "-=": "MINUSEQUAL", "&=": "ANDEQUAL", "|=": "OREQUAL", "^=": "XOREQUAL", "=": "EQUALS", "+": "PLUS",
    "-": "MINUS", "*": "TIMES", "/": "DIVIDE", "%": "MOD", "|": "OR", "&": "AND", "~": "NOT", "^": "XOR",
    "!": "LNOT", "<": "LT", ">": "GT", "?": "CONDOP", "(": "LPAREN", ")": "RPAREN", "[": "LBRACKET",
    "]": "RBRACKET", "{": "LBRACE", "}": "RBRACE", ",": "COMMA", ".": "PERIOD", ";": "SEMI", ":": "COLON",
}  # fmt: skip

JUMPS = frozenset({"BREAK", "CONTINUE", "GOTO", "RETURN"})
STATEMENT_KEYWORDS = JUMPS | {"IF", "ELSE", "FOR", "WHILE", "DO", "SWITCH", "CASE", "DEFAULT"}
TYPE_KEYWORDS = frozenset(
    {"VOID", "CHAR", "SHORT", "INT", "LONG", "FLOAT", "DOUBLE", "SIGNED", "UNSIGNED", "_BOOL", "_COMPLEX",
     "__INT128"}
)  # fmt: skip
TAG_KEYWORDS = frozenset({"STRUCT", "UNION", "ENUM"})
QUALIFIERS = frozenset({"CONST", "VOLATILE", "RESTRICT", "_ATOMIC"})
STORAGE_CLASSES = frozenset({"STATIC", "EXTERN", "REGISTER", "AUTO", "INLINE", "TYPEDEF", "_THREAD_LOCAL", "_NORETURN"})
BINARY_OPERATORS = frozenset(
    {"LAND", "LOR", "OR", "XOR", "AND", "EQ", "NE", "LT", "GT", "LE", "GE", "LSHIFT", "RSHIFT", "PLUS",
     "MINUS", "TIMES", "DIVIDE", "MOD"}
)  # fmt: skip
ASSIGNMENT_OPERATORS = frozenset(
    {"EQUALS", "TIMESEQUAL", "DIVEQUAL", "MODEQUAL", "PLUSEQUAL", "MINUSEQUAL", "LSHIFTEQUAL",
     "RSHIFTEQUAL", "ANDEQUAL", "OREQUAL", "XOREQUAL"}
)  # fmt: skip
LITERALS = frozenset({"INT_CONST_DEC", "FLOAT_CONST", "CHAR_CONST", "STRING_LITERAL"})

NOISE = "<noise>"  # a word that means nothing to control flow: dropped
ATTRIBUTE = "<attribute>"  # a word that is dropped together with its parenthesised argument
ASM = "<asm>"
TYPE_OPERATOR = "<type operator>"  # typeof(…): stands for a type
INFERRED_TYPE = "<inferred type>"  # __auto_type
VA_ARG = "<va_arg>"
TYPE_CALL = "<type call>"  # offsetof(…), _Generic(…): an expression whose arguments are types
LABEL_DECLARATION = "<label declaration>"
STATIC_ASSERT = "<static assert>"
REWRITTEN = frozenset(
    {NOISE, ATTRIBUTE, ASM, TYPE_OPERATOR, INFERRED_TYPE, VA_ARG, TYPE_CALL, LABEL_DECLARATION, STATIC_ASSERT}
)

_STANDARD = (
    "auto break case char const continue default do double else enum extern float for goto if inline int "
    "long register restrict return short signed sizeof static struct switch typedef union unsigned void "
    "volatile while"
)
_SPELLINGS = {
    "INLINE": "__inline __inline__",
    "CONST": "__const __const__",
    "VOLATILE": "__volatile __volatile__",
    "SIGNED": "__signed __signed__",
    "RESTRICT": "__restrict __restrict__",
    "_THREAD_LOCAL": "_Thread_local __thread thread_local",
    "_COMPLEX": "_Complex __complex__",
    "_BOOL": "_Bool",
    "_ATOMIC": "_Atomic",
    "_NORETURN": "_Noreturn",
    "__INT128": "__int128",
    NOISE: "__extension__ __cdecl __stdcall WINAPI _Nonnull _Nullable",
    ATTRIBUTE: "__attribute__ __attribute __declspec _Alignas alignas _Pragma __pragma",
    ASM: "asm __asm__ __asm",
    TYPE_OPERATOR: "typeof __typeof__ __typeof typeof_unqual",
    INFERRED_TYPE: "__auto_type",
    VA_ARG: "va_arg __builtin_va_arg",
    TYPE_CALL: "offsetof __builtin_offsetof _Generic __builtin_choose_expr __builtin_types_compatible_p "
    "_Alignof alignof __alignof__ __alignof",
    LABEL_DECLARATION: "__label__",
    STATIC_ASSERT: "_Static_assert static_assert BUILD_BUG_ON",
}

KEYWORDS: dict[str, str] = {word: word.upper() for word in _STANDARD.split()} | {
    word: kind for kind, words in _SPELLINGS.items() for word in words.split()
}
"""Spelling to token type, for every word that is not a plain identifier."""

MACRO_NAME = re.compile(r"_*[A-Z][A-Z0-9_]*")
"""A name in capitals: by convention a macro's (used with fullmatch)."""

LOOP_NAME = re.compile(
    r"each|loop|iter|for_?all|walk|travers|(?:^|_)for(?:_|$)|^for|FOR$|while|until|repeat|forever|_scan\b|range",
    re.IGNORECASE,
)
"""Names by which macros announce that they open a loop. Only asked where no `#define` is at hand."""

TYPE_NAME = re.compile(
    r"\w+_t|bool|FILE|DIR|fd_set|u_?(?:char|int|short|long)|[us](?:8|16|32|64)|va_list|(?:sig)?jmp_buf"
)
"""Names that are types by POSIX's reservation of `_t` or by long custom (used with fullmatch)."""
