using Geobuk.Fuzz.Mutations;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;
using Geobuk.Models.Tokenization;

namespace Geobuk.Fuzz.Targets;

/// <summary>GGUF models.</summary>
internal sealed class GgufTarget : Target
{
    public override string Name => "gguf";

    public override string FileName => "model.gguf";

    public override byte[] Mutate(byte[] file, Random random) => ByteMutations.Apply(file, Seeds, random);

    public override void Read(string folder)
    {
        using var file = GgufFile.Open(Path.Combine(folder, FileName));
        foreach (var value in file.Metadata.Values) ReadValue(value);
        foreach (var tensor in file.Tensors) ReadRows(file, tensor);
        if (file.TryGetString("tokenizer.ggml.model") is not null) ReadTokenizer(file);
        if (file.TryGetString("general.architecture") is not null) _ = ModelLayout.Of(GgufConfigReader.Read(file)).Gguf.Count;
    }

    private static void ReadValue(GgufValue value)
    {
        _ = value.ToString().Length;
        _ = value.AsInteger();
        _ = value.AsNumber();
        _ = value.AsBoolean();
        _ = value.AsText()?.Length;
        _ = value.AsTexts()?.Sum(text => text.Length);
        _ = value.AsIntegers()?.Length;
        _ = value.AsSingles()?.Length;
    }

    private static void ReadRows(GgufFile file, GgufTensor tensor)
    {
        if (tensor.Elements == 0) return;
        var format = BlockFormat.Get(tensor.Type);
        var row = new float[tensor.RowLength];
        var bytes = (int)format.Bytes(tensor.RowLength);
        var data = file.Data(tensor);
        format.Decode(data[..bytes], row);
        format.Decode(data[^bytes..], row);
    }

    private static void ReadTokenizer(GgufFile file)
    {
        const string Prefix = "tokenizer.ggml.";
        var tokenizer = Tokenizer.FromParts(new TokenizerParts
        {
            Tokens = file.GetStrings(Prefix + "tokens"),
            TokenTypes = file.GetInts(Prefix + "token_type"),
            Merges = file.GetStrings(Prefix + "merges"),
            PreTokenizer = file.GetString(Prefix + "pre"),
            BosTokenId = file.TryGetInt(Prefix + "bos_token_id"),
            EosTokenId = file.TryGetInt(Prefix + "eos_token_id"),
            PadTokenId = file.TryGetInt(Prefix + "padding_token_id"),
            AddBos = file.TryGetBoolean(Prefix + "add_bos_token") ?? false,
            ChatTemplate = file.TryGetString("tokenizer.chat_template"),
        });
        TokenizerTarget.Use(tokenizer);
    }
}
