using Geobuk.Fuzz.Mutations;
using Geobuk.Models;
using Geobuk.Models.Tokenization;

namespace Geobuk.Fuzz.Targets;

/// <summary>One of the files of a tokenizer; the others stand beside it unharmed.</summary>
/// <param name="name">In reports.</param>
/// <param name="fileName">The file that is damaged.</param>
/// <param name="neighbours">All the files.</param>
internal sealed class TokenizerTarget(string name, string fileName, IReadOnlyList<(string Name, byte[] Bytes)> neighbours) : Target
{
    private const string Text = "제12조(휴가) ① 國防部長官은 3일 이내의 휴가를 허가할 수 있다. \uF90A𠀀👩‍👩‍👧 It's 2,026년\r\n\n  <|im_start|>끝<|im_end|> \u1112\u1161\u11ABe\u0301 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!";

    public override string Name => name;

    public override string FileName => fileName;

    public override void WriteNeighbours(string folder)
    {
        foreach (var (file, bytes) in neighbours) File.WriteAllBytes(Path.Combine(folder, file), bytes);
    }

    public override byte[] Mutate(byte[] file, Random random) => random.Next(3) == 0 ? ByteMutations.Apply(file, Seeds, random) : JsonMutations.Apply(file, random);

    public override void Read(string folder) => Use(Tokenizer.Load(folder));

    /// <summary>Does with a tokenizer what programs do.</summary>
    public static void Use(Tokenizer tokenizer)
    {
        foreach (var parse in (bool[])[true, false])
        {
            var ids = tokenizer.Encode(Text, addSpecialTokens: parse, parseSpecialTokens: parse);
            _ = tokenizer.Decode(ids, skipSpecialTokens: parse).Length;
            var decoder = new StreamDecoder(tokenizer);
            foreach (var id in ids) _ = decoder.Next(id).Length + tokenizer.IdToToken(id).Length;
            _ = decoder.Flush().Length;
        }
        foreach (var id in tokenizer.StopTokenIds) _ = tokenizer.IdToToken(id).Length;
        _ = tokenizer.Digest.Length + (tokenizer.BosTokenId is { } bos ? tokenizer.IdToToken(bos).Length : 0);
        if (ToParts(tokenizer) is { } parts) _ = Tokenizer.FromParts(parts).Encode(Text).Length;
    }

    // Not every tokenizer has a form in GGUF; saying so is no refusal of the file.
    private static TokenizerParts? ToParts(Tokenizer tokenizer)
    {
        try
        {
            return tokenizer.ToParts();
        }
        catch (UserInputException)
        {
            return null;
        }
    }
}
