using CsCheck;
using Geobuk.Corpus.Packing;

namespace Geobuk.Corpus.Tests.Packing;

public class PackerTests
{
    [Fact]
    public void Pack_AnyLengths_ConservesEveryToken()
    {
        Gen.Select(Gen.Int[0, 300].Array[0, 60], Gen.Int[1, 130], Gen.ULong, Gen.Int[0, 5]).Sample((lengths, room, seed, epoch) =>
        {
            var packed = Packer.Pack(lengths, room, seed, epoch);

            var covered = lengths.Select(length => new int[length]).ToArray();
            foreach (var sequence in packed.Sequences)
            {
                Assert.InRange(sequence.Length, 1, room);
                foreach (var piece in sequence.Pieces)
                {
                    for (var i = 0; i < piece.Length; i++) covered[piece.Document][piece.Start + i]++;
                }
            }
            Assert.All(covered, document => Assert.All(document, times => Assert.Equal(1, times)));
            Assert.Equal(lengths.Sum(), packed.TokenCount);
        });
    }

    [Fact]
    public void Pack_SameSeedAndEpoch_IsTheSame()
    {
        int[] lengths = [.. Enumerable.Range(1, 200).Select(i => i * 37 % 500)];

        Assert.Equal(Flat(lengths, 7, 2), Flat(lengths, 7, 2));
        Assert.NotEqual(Flat(lengths, 7, 2), Flat(lengths, 7, 3));
        Assert.NotEqual(Flat(lengths, 7, 2), Flat(lengths, 8, 2));
    }

    [Fact]
    public void Pack_KnownLengths_FillsTightly()
    {
        var packed = Packer.Pack([6, 4, 7, 3, 5, 5, 10], 10, 1, 0);

        Assert.Equal(4, packed.Sequences.Count);
        Assert.Equal(1, packed.FillRate);
    }

    [Fact]
    public void Pack_LongDocument_CutsAtOtherPlacesInAnotherEpoch()
    {
        var starts = Enumerable.Range(0, 8).Select(epoch => Packer.Pack([1000], 64, 3, epoch).Sequences.SelectMany(sequence => sequence.Pieces).Where(piece => piece.Start > 0).Min(piece => piece.Start));

        Assert.True(starts.Distinct().Count() > 4);
    }

    [Fact]
    public void Pack_ThirtyMillionTokens_IsNearlyFull()
    {
        var lengths = Enumerable.Range(0, 60_000).Select(i => 20 + (int)((uint)i * 2654435761L % 960)).ToArray();

        var packed = Packer.Pack(lengths, 512, 1, 0);

        Assert.True(packed.TokenCount > 29_000_000);
        Assert.True(packed.FillRate > 0.98, $"{packed.FillRate}");
    }

    private static List<PackedPiece> Flat(int[] lengths, ulong seed, int epoch) =>
        [.. Packer.Pack(lengths, 100, seed, epoch).Sequences.SelectMany(sequence => sequence.Pieces)];
}
