using System.Text;
using System.Text.Json.Nodes;

namespace Geobuk.Fuzz.Targets;

/// <summary>The same vocabulary behind the other forms that tokenizer.json files take.</summary>
internal static class TokenizerVariants
{
    private const string ByteLevel = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}""";

    private static readonly (string Key, string Json)[][] s_changes =
    [
        [
            ("pre_tokenizer", $$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"\\p{N}{1,3}"},"behavior":"Isolated","invert":false},{"type":"Split","pattern":{"Regex":"[一-龥]+| ?\\p{L}+|[^\\s\\p{L}]+|\\s+(?!\\S)|\\s+"},"behavior":"Removed","invert":true},{"type":"Digits","individual_digits":true},{{ByteLevel}}]}"""),
            ("normalizer", """{"type":"Sequence","normalizers":[{"type":"NFC"}]}"""),
            ("post_processor", """{"type":"Sequence","processors":[{"type":"ByteLevel","trim_offsets":false},{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<|endoftext|>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{"<|endoftext|>":{"id":"<|endoftext|>","ids":[0],"tokens":["<|endoftext|>"]}}}]}"""),
        ],
        [
            ("pre_tokenizer", """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}"""),
            ("added_tokens", """[{"id":0,"content":"<|endoftext|>","special":true,"single_word":false,"lstrip":false,"rstrip":false,"normalized":false},{"id":2,"content":"<|im_start|>","special":true,"single_word":true,"lstrip":true,"rstrip":true,"normalized":true},{"id":320,"content":"휴가","special":false,"single_word":false,"lstrip":true,"rstrip":false,"normalized":true}]"""),
        ],
    ];

    /// <summary>The variants of a file.</summary>
    public static IEnumerable<byte[]> Of(string tokenizer) => s_changes.Select(changes =>
    {
        var root = JsonNode.Parse(tokenizer)!;
        foreach (var (key, json) in changes) root[key] = JsonNode.Parse(json);
        return Encoding.UTF8.GetBytes(root.ToJsonString());
    });
}
