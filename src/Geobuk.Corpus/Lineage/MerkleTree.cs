using System.Security.Cryptography;

namespace Geobuk.Corpus.Lineage;

/// <summary>
/// The root over a list, leaf by leaf: leaf = SHA-256(0x00 ‖ bytes), node = SHA-256(0x01 ‖ left ‖ right), a list of n splits after
/// the largest power of two below n (RFC 6962, 2.1). Two different lists cannot have one root.
/// </summary>
public sealed class MerkleTree
{
    // Roots of full subtrees, each larger than the next.
    private readonly List<(long Leaves, byte[] Hash)> _full = [];

    /// <summary>Leaves so far.</summary>
    public long Count { get; private set; }

    /// <summary>Appends a leaf.</summary>
    public void Add(ReadOnlySpan<byte> leaf)
    {
        Count++;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([0]);
        hash.AppendData(leaf);
        _full.Add((1, hash.GetHashAndReset()));
        while (_full is [.., var left, var right] && left.Leaves == right.Leaves)
        {
            _full.RemoveRange(_full.Count - 2, 2);
            _full.Add((left.Leaves + right.Leaves, Node(left.Hash, right.Hash)));
        }
    }

    /// <summary>The root, 64 hexadecimal digits; that of no leaf is SHA-256 of nothing.</summary>
    public string Root()
    {
        if (_full.Count == 0) return Convert.ToHexStringLower(SHA256.HashData([]));
        var root = _full[^1].Hash;
        for (var i = _full.Count - 2; i >= 0; i--) root = Node(_full[i].Hash, root);
        return Convert.ToHexStringLower(root);
    }

    private static byte[] Node(byte[] left, byte[] right) => SHA256.HashData([1, .. left, .. right]);
}
