"""Every code the grader stores, in words. One table; a test holds it complete, and the documentation with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LANGUAGES = ("en", "ja")


def in_words(code: str, parameters: Mapping[str, Any], language: str = "en") -> str:
    """The sentence for `code`. Another language than those in LANGUAGES is answered in English."""
    english, japanese = MESSAGES[code]
    return (japanese if language.startswith("ja") else english).format_map(_Parameters(parameters))


class _Parameters(dict[str, Any]):
    """Fills a sentence; what was not given is left out rather than breaking an old report."""

    def __missing__(self, key: str) -> str:
        return "?"


MESSAGES: dict[str, tuple[str, str]] = {
    # the whole report
    "summary_match": ("All {total} gradients are right.", "{total}個の勾配はすべて正解です。"),
    "summary_mismatch": (
        "{right} of {total} gradients are right. Start at {start}.",
        "{total}個のうち{right}個の勾配が正解です。まず{start}を見てください。",
    ),
    "summary_follow_through": (
        "{right} of {total} gradients are right; the others follow from an earlier mistake.",
        "{total}個のうち{right}個の勾配が正解です。残りは前の誤りから続くものです。",
    ),
    "summary_not_run": ("Your code could not be graded: it did not run.", "コードが実行できなかったため、採点できませんでした。"),
    "summary_needs_review": (
        "{right} of {total} gradients are right. What is left undecided goes to your instructor; no points are lost yet.",
        "{total}個のうち{right}個の勾配が正解です。判定できないものは教員が確認します。まだ減点はありません。",
    ),
    "summary_ungraded": (
        "This could not be graded, and the fault is ours. It costs you nothing and will be graded again.",
        "システム側の問題で採点できませんでした。不利益はなく、再度採点されます。",
    ),
    # text that cannot be handed in
    "empty_source": ("The file is empty. Hand in your code.", "ファイルが空です。コードを提出してください。"),
    "source_too_large": ("The file is larger than {limit_kib} KiB. Hand in the code only, without outputs or data.",
                         "ファイルが{limit_kib} KiBを超えています。出力やデータを除き、コードだけを提出してください。"),
    "not_utf8": ("Line {line} is not UTF-8 text. Save the file as UTF-8 and hand it in again.",
                 "{line}行目がUTF-8ではありません。UTF-8で保存して再提出してください。"),
    "nul_character": ("Line {line} holds a NUL character. Save the file as plain text.",
                      "{line}行目にNUL文字があります。プレーンテキストとして保存してください。"),
    "lone_surrogate": ("Line {line} holds half of a character (a lone surrogate). Type it again.",
                       "{line}行目に不完全な文字（孤立サロゲート）があります。入力し直してください。"),
    "empty_answers": ("No answer was given. Fill in at least one.", "解答がありません。少なくとも1つ入力してください。"),
    "too_many_answers": ("More than {limit} answers were given.", "解答が{limit}個を超えています。"),
    "answer_not_text": ("The answer {name} is not text.", "解答{name}が文字列ではありません。"),
    "answer_too_long": ("The answer {name} is longer than {limit} characters.", "解答{name}が{limit}文字を超えています。"),
    # expressions
    "not_an_expression": ("`{text}` is not an expression (near character {column}). Write it as in Python, for example `x*y + 1`.",
                          "`{text}`は式として読めません（{column}文字目付近）。`x*y + 1`のようにPythonの書き方で入力してください。"),
    "expression_too_long": ("The expression is longer than {limit} characters. Simplify it.",
                            "式が{limit}文字を超えています。簡単にしてください。"),
    "expression_too_deep": ("The expression is nested more than {limit} deep or too long. Simplify it.",
                            "式の入れ子が{limit}段を超えているか、長すぎます。簡単にしてください。"),
    "number_too_long": ("A number has more than {limit} digits or too large an exponent.",
                        "数値の桁数が{limit}桁を超えているか、指数が大きすぎます。"),
    "exponent_too_large": ("An exponent must be a plain number up to {limit}, or contain a variable.",
                           "指数は{limit}以下の数値か、変数を含む式にしてください。"),
    "unknown_name": ("`{name}` is not a name of this exercise. It has: {names}.",
                     "`{name}`はこの問題の変数ではありません。使える名前: {names}"),
    "unknown_function": ("`{name}` is not a function that can be used here. There are: {names}.",
                         "`{name}`という関数は使えません。使える関数: {names}"),
    "wrong_number_of_arguments": ("`{name}` takes {expected} argument(s), not {got}.",
                                  "`{name}`の引数は{expected}個です（{got}個あります）。"),
    "option_not_allowed": ("`{name}` does not take the option `{option}` with that value.",
                           "`{name}`に`{option}`をその値で指定することはできません。"),
    "form_not_allowed": ("`{text}` is not allowed here: use names, numbers, + - * / **, comparisons and the listed functions.",
                         "`{text}`はここでは使えません。変数、数値、+ - * / **、比較、用意された関数だけが使えます。"),
    # how to hand in
    "interface_script": ("A script of assignments: give {asks} their values.", "代入文のスクリプト: {asks}に値を代入してください。"),
    "interface_function": ("A function `{call}` that returns {asks}, as a dict or in this order.",
                           "関数`{call}`: {asks}を辞書、またはこの順のタプルで返してください。"),
    "interface_class": ("A class `{made}` with {calls}; its attributes {read} are read.",
                        "クラス`{made}`: メソッド{calls}を持ち、属性{read}を読み取ります。"),
    # hand-outs
    "handout_given": ("Given", "与えられるもの"),
    "handout_forward": ("The forward pass", "順伝播"),
    "handout_asked": ("What is asked", "求めるもの"),
    "handout_hand_in": ("How to hand it in", "提出方法"),
    "handout_example": ("The worked example", "例題"),
    "handout_points": ("{points} point(s)", "{points}点"),
    "handout_gradient": ("the gradient of {of} with respect to {wrt}, in its shape", "{of}の{wrt}についての勾配（{wrt}と同じ形）"),
    "handout_value": ("{expression}", "{expression}"),
    "handout_random": ("a random start with mean {mean} and standard deviation {std}, judged at {at}",
                       "平均{mean}、標準偏差{std}の初期値（{at}で判定）"),
    "handout_sizes": ("In the worked example {sizes}; you are also tested at other sizes.",
                      "例題では{sizes}です。ほかの大きさでもテストされます。"),
    "handout_fill": ("fill in", "ここを埋める"),
    # what is wrong with an answer
    "missing": ("{at} was not answered.", "{at}の解答がありません。"),
    "not_array": ("{at} is a {type}, not a number or an array of numbers.", "{at}は{type}です。数値か数値の配列にしてください。"),
    "not_real": ("{at} holds {type}, not real numbers.", "{at}の中身が実数ではなく{type}です。"),
    "not_finite": ("{count} of {entries} entries of {at} are NaN or infinite. Look for a division by zero or the logarithm of zero.",
                   "{at}の{entries}個の要素のうち{count}個がNaNまたは無限大です。0での割り算や0の対数がないか確認してください。"),
    "shape_transposed": ("{at} has shape {got}; {of} is {letters} = {expected}. It looks transposed.",
                         "{at}の形は{got}ですが、{of}は{letters} = {expected}です。転置されているようです。"),
    "shape_scalar": ("{at} is a single number; {of} is {letters} = {expected}. Check over which axis you sum (axis=…, keepdims=True).",
                     "{at}が1つの数値になっていますが、{of}は{letters} = {expected}です。どの軸で和をとるか（axis=…, keepdims=True）確認してください。"),
    "shape_axis_lost": ("{at} has shape {got}; {of} is {letters} = {expected}. An axis of length 1 was lost: keep it with keepdims=True, or NumPy will broadcast silently.",
                        "{at}の形は{got}ですが、{of}は{letters} = {expected}です。長さ1の軸が失われています。keepdims=Trueで残さないと、意図しないブロードキャストが起きます。"),
    "shape_axis_added": ("{at} has shape {got}; {of} is {letters} = {expected}. It has an axis of length 1 too many.",
                         "{at}の形は{got}ですが、{of}は{letters} = {expected}です。長さ1の余分な軸があります。"),
    "shape_not_summed": ("{at} has shape {got}; {of} is {letters} = {expected}. It was not summed over the axis along which {of} is broadcast.",
                         "{at}の形は{got}ですが、{of}は{letters} = {expected}です。{of}がブロードキャストされる軸で和をとっていません。"),
    "shape_wrong": ("{at} has shape {got}; {of} is {letters} = {expected}. A gradient has the shape of its variable.",
                    "{at}の形は{got}ですが、{of}は{letters} = {expected}です。勾配は変数と同じ形になります。"),
    "fails_on_hidden_trials": ("{at} is right on the worked example, but your code raised {type} (line {where}) on other inputs. Are sizes or values written into it?",
                               "{at}は例題では正解ですが、別の入力では{type}が発生しました（{where}行目）。サイズや値を直接書いていませんか。"),
    "right_only_when_one": ("{at} is right only where {dimension} = 1. Check sums and products over {dimension} with a larger {dimension}.",
                            "{at}は{dimension} = 1のときだけ正解です。{dimension}についての和や積を、より大きい{dimension}で確認してください。"),
    "right_only_on_worked_example": ("{at} is right on the worked example and wrong on all {hidden} hidden trials: it looks hard-coded.",
                                     "{at}は例題では正解ですが、{hidden}個の隠しテストすべてで誤りです。値を直接書いているようです。"),
    "wrong_on_some_hidden_trials": ("{at} is right on the worked example, but wrong on {wrong} of {hidden} hidden trials: it holds in a special case only.",
                                    "{at}は例題では正解ですが、{hidden}個の隠しテストのうち{wrong}個で誤りです。特別な場合にしか成り立っていません。"),
    "not_a_subgradient": ("Where the two sides of the kink are equal you give {given}: no subgradient. The shares of the two sides must add up to one.",
                          "両方の値が等しい点での解答{given}は劣勾配ではありません。両側への配分の合計は1でなければなりません。"),
    "random_start": ("At {sizes}, {at} has mean {mean} and standard deviation {std}; asked are {expected_mean} and {expected_std}.",
                     "{sizes}のとき、{at}の平均は{mean}、標準偏差は{std}です。求められているのは平均{expected_mean}、標準偏差{expected_std}です。"),
    "symbols_not_taken": ("This exercise has arrays and takes code, not derivatives in symbols.",
                          "この問題は配列を扱うため、式ではなくコードで解答してください。"),
    # notes
    "subgradient_taken": ("At the kink you take the subgradient with share {share}: right.", "折れ点では配分{share}の劣勾配をとっています。正解です。"),
    "differs_only_at_kink": ("Your form is equal everywhere except at the kink itself, where any subgradient would do.",
                             "折れ点を除いて正しい式です（折れ点では任意の劣勾配でかまいません）。"),
    "undecided": ("It could not be decided whether this is equal to the derivative. Your instructor will look at it.",
                  "導関数と等しいかどうか判定できませんでした。教員が確認します。"),
    "unknown_answer": ("`{name}` is not asked in this exercise.", "`{name}`はこの問題では求められていません。"),
    "counterexample": ("{name}: at {at} yours is {candidate}, the derivative is {exact}.",
                       "{name}: {at}のとき、あなたの式は{candidate}、導関数は{exact}です。"),
    # headings of a report's tables
    "heading_shape": ("shape", "形"),
    "heading_yours": ("yours", "あなたの値"),
    "heading_exact": ("exact", "厳密な値"),
    "heading_numerical": ("numerical", "数値微分"),
    "heading_relative_error": ("relative error", "相対誤差"),
    "heading_wrong_entries": ("wrong entries", "誤った要素"),
    "heading_stdout": ("Printed by your code:", "コードの出力:"),
    "unsafe_no_sandbox": ("This code was run without a sandbox (--unsafe-no-sandbox).", "このコードはサンドボックスなしで実行されました（--unsafe-no-sandbox）。"),
    # the run
    "raised": ("{type}: {text} (line {line})", "{type}: {text}（{line}行目）"),
    "raised_somewhere": ("{type}: {text}", "{type}: {text}"),
    # code that could not be run (grader/sandbox)
    "syntax_error": ("Line {line} is not Python ({reason}): {text}", "{line}行目はPythonの構文に合いません（{reason}）：{text}"),
    "syntax_error_in_cell": ("Line {line} of code cell {cell} is not Python ({reason}): {text}",
                             "{cell}番目のコードセルの{line}行目はPythonの構文に合いません（{reason}）：{text}"),
    "source_too_deep": ("The code is nested too deeply to be read. Break it into smaller steps.",
                        "コードの入れ子が深すぎて読み取れません。小さなステップに分けてください。"),
    "notebook_not_understood": ("This is not a Jupyter notebook (.ipynb). Save it again, or hand in the code as text.",
                                "Jupyterノートブック（.ipynb）として読み取れません。保存し直すか、コードをテキストで提出してください。"),
    "notebook_without_code": ("The notebook has no code cells.", "ノートブックにコードセルがありません。"),
    "no_interface_fits": ("The code does not define what is asked for. Expected: {expected}",
                          "求められているものがコードに定義されていません。必要なもの：{expected}"),
    "definition_failed": ("{name} could not be defined: {type}: {text}", "{name}を定義できませんでした：{type}: {text}"),
    "definition_skipped": ("{name} is set in line {line}, which is not run here. Define it with `def` or `class`.",
                           "{name}は{line}行目で設定されますが、その行は実行されません。`def`または`class`で定義してください。"),
    "unknown_parameter": ("{function} asks for {parameter}, which is not available. There is: {available}",
                          "{function}の引数{parameter}に渡せる値がありません。使えるもの：{available}"),
    "timed_out": ("Your code was stopped after {seconds:g} seconds. Look for a loop that does not end.",
                  "{seconds:g}秒以内に終わらなかったため、実行を停止しました。終わらないループがないか確認してください。"),
    "cpu_time_exceeded": ("Your code was stopped after {seconds} seconds of computing. Look for a loop that does not end.",
                          "計算時間が{seconds}秒を超えたため、実行を停止しました。終わらないループがないか確認してください。"),
    "out_of_memory": ("Your code needs more than the {limit_mib} MiB of memory there are. Look at the shapes of your arrays.",
                      "メモリが上限の{limit_mib} MiBを超えました。配列の形状を確認してください。"),
    "crashed": ("Your code brought Python down ({signal}).", "コードの実行中にPythonが異常終了しました（{signal}）。"),
    "exited": ("Your code ended the program before its answers could be read (exit status {status}).",
               "解答を読み取る前にプログラムが終了しました（終了ステータス{status}）。"),
    "bad_output": ("The answers could not be read: they are too large, or not in the form they must have.",
                   "解答を読み取れませんでした。大きすぎるか、形式が正しくありません。"),
    "forbidden": ("Your code tried to do what is not allowed here, and was stopped.",
                  "許可されていない操作を行ったため、実行を停止しました。"),
    "sandbox_error": ("Your code could not be run, and the fault is ours.",
                      "システム側の問題でコードを実行できませんでした。"),
    # notes on a run (grader/sandbox)
    "input_assignment_skipped": ("Your assignments to {names} were skipped: the grader sets these.",
                                 "{names}への代入は採点側で値を設定するため、実行しませんでした。"),
    "input_changed": ("Your code changes its input {name}. Work on a copy: others may still need it.",
                      "入力{name}を書き換えています。ほかで使われることもあるので、コピーに対して計算してください。"),
    "result_aliases_input": ("Your {name} shares its memory with the input {input}: changing one changes the other.",
                             "{name}は入力{input}とメモリを共有しています。一方を変更すると他方も変わります。"),
    "results_differ_on_second_call": ("Called again with the same inputs, your code gives another answer for {names}.",
                                      "同じ入力でもう一度呼び出すと、{names}の結果が変わります。"),
    "wrong_number_of_results": ("{got} results were returned where {expected} are expected.",
                                "返された値は{got}個ですが、{expected}個必要です。"),
    "returned_nothing": ("Nothing was returned. Is there a `return` at the end?",
                         "何も返されませんでした。最後に`return`がありますか。"),
    "result_not_understood": ("A result of type {got} was returned, in which the answers were not found.",
                              "返された値の型は{got}ですが、その中に解答が見つかりませんでした。"),
    "name_set_in_skipped_line": (
        "{name} would be set in line {set_line}, which is not run here: only definitions, imports, and assignments "
        "that call none of your own functions are.",
        "{name}は{set_line}行目で設定されますが、その行は実行されません。定義、import、自作関数を呼ばない代入だけが実行されます。",
    ),
    "name_set_in_failed_line": ("{name} would be set in line {set_line}, which failed: {type}: {text}",
                                "{name}は{set_line}行目で設定されるはずですが、その行で例外が発生しました：{type}: {text}"),
    "name_from_missing_module": ("{name} is not defined; {module}, from which everything is imported, is not available here.",
                                 "{name}が定義されていません。import * の対象である{module}はここでは使えません。"),
    "module_not_available": ("{module}, imported in line {import_line}, is not available here. NumPy and math are.",
                             "{import_line}行目でimportしている{module}はここでは使えません。NumPyとmathは使えます。"),
    "raised_in_cell": ("This was in code cell {cell}.", "これは{cell}番目のコードセルで起きました。"),
    "stdout_cut": ("The output was cut after {limit} bytes.", "出力は{limit}バイトで打ち切りました。"),
}  # fmt: skip
