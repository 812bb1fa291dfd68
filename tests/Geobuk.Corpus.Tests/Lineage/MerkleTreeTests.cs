using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Geobuk.Corpus.Lineage;

namespace Geobuk.Corpus.Tests.Lineage;

public sealed class MerkleTreeTests
{
    [Fact]
    public void Root_OfNothingAndOne_IsAsTheStandardSays()
    {
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Root([]));
        Assert.Equal("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", Root([""]));
    }

    [Fact]
    public void Root_AnyList_EqualsTheRecursiveDefinition() => Gen.String.List[0, 40].Sample(leaves => Assert.Equal(Convert.ToHexStringLower(Recursive(leaves)), Root(leaves)), iter: 200);

    [Fact]
    public void Root_LeavesThatLookLikeNodes_DoNotCollide() => Assert.NotEqual(Root(["a", "b", "c"]), Root(["a", "b", "c", "c"]));

    private static string Root(List<string> leaves)
    {
        var tree = new MerkleTree();
        foreach (var leaf in leaves) tree.Add(Encoding.UTF8.GetBytes(leaf));
        Assert.Equal(leaves.Count, tree.Count);
        return tree.Root();
    }

    // RFC 6962, 2.1, word for word.
    private static byte[] Recursive(List<string> leaves)
    {
        if (leaves.Count == 0) return SHA256.HashData([]);
        if (leaves.Count == 1) return SHA256.HashData([0, .. Encoding.UTF8.GetBytes(leaves[0])]);
        var k = 1;
        while (2 * k < leaves.Count) k *= 2;
        return SHA256.HashData([1, .. Recursive([.. leaves.Take(k)]), .. Recursive([.. leaves.Skip(k)])]);
    }
}
