using Geobuk.Recipes;
using Geobuk.Training.Kernels;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>
/// A.X K2's fused projection of queries and output gates. The stored matrix has per head the rows [query | gate] and the columns
/// [normed latent | latent]; query rows read only the first half, gate rows only the second. The other blocks are zero, take no
/// part, get no gradient and stay zero; an adapter's factors have twice the rank and the same two blocks.
/// </summary>
public sealed class FusedQueryGate : AdaptableLinear
{
    private readonly int _heads, _queryRows, _gateRows, _rank;

    /// <summary>A projection of [.., rank] twice to [.., heads, query rows] and [.., heads, gate rows].</summary>
    public FusedQueryGate(int heads, int queryRows, int gateRows, int rank, Device device)
        : base(2L * rank, (long)heads * (queryRows + gateRows), false, device) =>
        (_heads, _queryRows, _gateRows, _rank) = (heads, queryRows, gateRows, rank);

    /// <inheritdoc/>
    public override int RankFactor => 2;

    /// <summary>Queries [.., heads, query rows] and gates [.., heads, gate rows] of the normed latent and the latent [.., rank].</summary>
    public (Tensor Queries, Tensor Gates) Project(Tensor normed, Tensor latent)
    {
        var (queryWeight, gateWeight) = Blocks(Weight, _rank);
        var (queries, gates) = (nn.functional.linear(normed, queryWeight), nn.functional.linear(latent, gateWeight));
        if (FactorA is not null && FactorB is not null)
        {
            var half = FactorA.shape[0] / 2;
            var (queryB, gateB) = Blocks(FactorB, half);
            queries += nn.functional.linear(nn.functional.linear(Dropped(normed), FactorA[..(int)half, .._rank]), queryB).Times(AdapterScale);
            gates += nn.functional.linear(nn.functional.linear(Dropped(latent), FactorA[(int)half.., _rank..]), gateB).Times(AdapterScale);
        }
        return (queries.SplitLast(_heads, _queryRows), gates.SplitLast(_heads, _gateRows));
    }

    /// <inheritdoc/>
    public override void AddAdapter(LoraConfig config, Func<long, float[]> values)
    {
        base.AddAdapter(config, values);
        using var still = no_grad();
        using var scope = NewDisposeScope();
        var half = (int)FactorA!.shape[0] / 2;
        FactorA[..half, _rank..].zero_();
        FactorA[half.., .._rank].zero_();
    }

    /// <summary>Sets the blocks that take no part to zero, after fresh weights were drawn.</summary>
    public void ClearUnusedBlocks()
    {
        using var still = no_grad();
        using var scope = NewDisposeScope();
        var perHead = Weight.view(_heads, _queryRows + _gateRows, 2 * _rank);
        perHead[.., .._queryRows, _rank..].zero_();
        perHead[.., _queryRows.., .._rank].zero_();
    }

    /// <summary>The fused form has two inputs: see <see cref="Project"/>.</summary>
    public override Tensor forward(Tensor input) => throw new NotSupportedException("a fused query and gate projection has two inputs");

    /// <summary>Query rows of the first columns and gate rows of the others.</summary>
    private (Tensor Query, Tensor Gate) Blocks(Tensor matrix, long columns)
    {
        var perHead = matrix.view(_heads, _queryRows + _gateRows, 2 * columns);
        return (perHead.narrow(1, 0, _queryRows).narrow(2, 0, columns).reshape(-1, columns),
            perHead.narrow(1, _queryRows, _gateRows).narrow(2, columns, columns).reshape(-1, columns));
    }
}
