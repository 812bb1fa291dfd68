using System.Text;
using System.Text.Json.Nodes;
using Geobuk.Models.Tokenization;

namespace Geobuk.Models.Tests.Tokenization;

/// <summary>A small tokenizer trained on Korean text, its folder, and variations of its file.</summary>
internal static class SampleTokenizer
{
    public const int Size = 450;

    private static readonly Lazy<string> TrainedFolder = new(Train);

    /// <summary>Texts of every kind that breaks tokenizers.</summary>
    public static readonly string[] HardTexts =
    [
        "", " ", "a", "제12조(휴가) ① 부대의 장은 다음 각 호의 어느 하나에 해당하는 경우", "金額 壹百萬원整 \uF90A\uFA0B 國防部長官",
        "ＡＢＣ　１２３（全角）￦５０，０００", "👩‍👩‍👧‍👦 🇰🇷 👍🏽 가족", "\u1112\u1161\u11AB\u1100\u1173\u11AF 나랏말\u318D\u1109\u119E\u11B7\u302E", "\U00020000\U0002A6D6한\U0002F800 𝔘𝟙𝟚",
        "tab\tline\r\nnext\n\n  indented   \u00A0nbsp\u3000ideographic\u2003em", "a\0b\u0001\u001b[0m\u007f\u0085", "don't I'LL we've 'S ''s it'd 's", "12345 ²½Ⅻ٣ 3.14%", "   ", "\n\n\n", "끝에 공백   ",
        "e\u0301 \u0958 \uAC00\u11A8 \u212B", "<|im_start|> <|user|>안녕<|im_end|><|endoftext|>", "ㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋ!!!???", new string('ㅋ', 500), "−−—·ㆍ「」『』【】",
    ];

    public static string Folder => TrainedFolder.Value;

    public static Tokenizer Load() => Tokenizer.Load(Folder);

    /// <summary>The trained tokenizer.json, changed.</summary>
    public static Tokenizer With(Action<JsonObject> change)
    {
        var root = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "tokenizer.json")))!.AsObject();
        change(root);
        return FromJson(root);
    }

    public static Tokenizer FromJson(JsonObject root)
    {
        var folder = NewFolder();
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), root.ToJsonString());
        try
        {
            return Tokenizer.Load(folder);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    public static string NewFolder() => Directory.CreateTempSubdirectory("geobuk-tokenizer-").FullName;

    public static IEnumerable<string> Corpus()
    {
        for (var i = 0; i < 60; i++)
        {
            yield return $"제{i}조(휴가) ① 부대의 장은 다음 각 호의 어느 하나에 해당하는 경우 {i + 3}일의 범위에서 휴가를 허가할 수 있다.\n";
            yield return $"② 당직근무자는 근무 시작 {i}분 전까지 당직실에 도착하여야 하며, 물품을 인수하여야 한다. It's rule No. {i}.\n";
        }
    }

    private static string Train()
    {
        var folder = NewFolder();
        BpeTrainer.Train(Corpus(), Size, folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, true);
        return folder;
    }

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
