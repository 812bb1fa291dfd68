using CsCheck;
using Geobuk.Corpus.Packing;
using Geobuk.Corpus.Shards;
using Geobuk.Models;

namespace Geobuk.Corpus.Tests.Shards;

public sealed class ShardTests : IDisposable
{
    private static readonly string Digest = new('a', 64);
    private static readonly int[] Vocabularies = [300, 65536, 65537, 200_000];
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    private string Write(int[][] documents, int vocabulary = 1000, string name = "x.bin")
    {
        var path = Path.Combine(_folder, name);
        using var writer = new ShardWriter(path, vocabulary, Digest);
        foreach (var document in documents) writer.Append(document);
        writer.Complete();
        return path;
    }

    [Fact]
    public void RoundTrip_AnyDocuments_ReadsWhatWasWritten()
    {
        Gen.Select(Gen.Int[0, 3].Select(i => Vocabularies[i]), Gen.Int[0, 1 << 20].Array[0, 3000].Array[0, 8]).Sample((vocabulary, raw) =>
        {
            var documents = raw.Select(document => document.Select(token => token % vocabulary).ToArray()).ToArray();
            using var reader = ShardReader.Open(Write(documents, vocabulary));

            Assert.Equal(documents.Length, reader.DocumentCount);
            Assert.Equal(documents.Sum(document => (long)document.Length), reader.TokenCount);
            Assert.Equal(vocabulary, reader.VocabularySize);
            Assert.Equal(Digest, reader.TokenizerDigest);
            for (var i = 0; i < documents.Length; i++) Assert.Equal(documents[i], reader.Document(i));
        }, iter: 40, threads: 1);
    }

    [Fact]
    public void Open_AnyByteOfTheHeaderChanged_IsRefused()
    {
        var path = Write([[1, 2, 3], [4]]);
        var good = File.ReadAllBytes(path);
        for (var i = 0; i < 128; i++)
        {
            var bad = (byte[])good.Clone();
            bad[i] ^= 0x10;
            File.WriteAllBytes(path, bad);

            var error = Assert.Throws<UserInputException>(() => ShardReader.Open(path));
            Assert.StartsWith(path, error.Message);
        }
    }

    [Fact]
    public void Open_TruncatedAnywhere_IsRefused()
    {
        var path = Write([[1, 2, 3], [4, 5]]);
        var good = File.ReadAllBytes(path);
        for (var length = 0; length < good.Length; length++)
        {
            File.WriteAllBytes(path, good[..length]);
            Assert.Throws<UserInputException>(() => ShardReader.Open(path));
        }
    }

    [Fact]
    public void Open_OffsetsThatFall_NamesTheDocument()
    {
        var path = Write([[1, 2, 3], [4, 5]]);
        var bytes = File.ReadAllBytes(path);
        bytes[^16] = 200;
        File.WriteAllBytes(path, bytes);

        var error = Assert.Throws<UserInputException>(() => ShardReader.Open(path));
        Assert.Contains("token 200", error.Message);
    }

    [Fact]
    public void Open_MissingFile_SaysWhatToDo() =>
        Assert.Contains("Run the corpus step", Assert.Throws<UserInputException>(() => ShardReader.Open(Path.Combine(_folder, "no.bin"))).Message);

    [Fact]
    public void Append_TokenOutsideVocabulary_Throws()
    {
        using var writer = new ShardWriter(Path.Combine(_folder, "y.bin"), 10, Digest);
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Append([10]));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Append([-1]));
    }

    [Fact]
    public void Dispose_WithoutComplete_LeavesNothing()
    {
        using (var writer = new ShardWriter(Path.Combine(_folder, "z.bin"), 10, Digest)) writer.Append([1]);

        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Length_IndexOutside_Throws()
    {
        using var reader = ShardReader.Open(Write([[1]]));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Length(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Length(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Copy(0, 1, new int[1]));
    }

    [Fact]
    public void PackedCorpus_TwoShards_YieldsEveryTokenOnceWithRestartedPositions()
    {
        using var a = ShardReader.Open(Write([[1, 2, 3, 4, 5, 6, 7], [8, 9]], name: "a.bin"));
        using var b = ShardReader.Open(Write([[10], [], [11, 12, 13]], name: "b.bin"));
        var corpus = new PackedCorpus([a, b], 4, seed: 5);

        for (var epoch = 0; epoch < 4; epoch++)
        {
            var seen = new List<int>();
            for (var index = 0; index < corpus.SequenceCount(epoch); index++)
            {
                var packed = corpus.Get(epoch, index);
                for (var i = 0; i < packed.Length; i++)
                {
                    var starts = i == 0 || packed.DocumentIds[i] != packed.DocumentIds[i - 1];
                    Assert.Equal(starts ? 0 : packed.Positions[i - 1] + 1, packed.Positions[i]);
                    if (!starts) Assert.Equal(packed.Tokens[i - 1] + 1, packed.Tokens[i]);
                    seen.Add(packed.Tokens[i]);
                }
                Assert.All(packed.DocumentIds[packed.Length..], id => Assert.Equal(PackedTokens.Padding, id));
            }
            Assert.Equal(Enumerable.Range(1, 13), seen.Order());
        }
    }
}
