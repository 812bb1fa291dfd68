using Geobuk.Inference.Kernels;
using Geobuk.Inference.Weights;

namespace Geobuk.Inference.Tests.Weights;

public sealed unsafe class DerivedRowsTests
{
    [Fact]
    public void Read_ByManyAtOnce_MakesTheRowsOnceAndAgainAfterARelease()
    {
        var made = 0;
        using var rows = new DerivedRows(64, target =>
        {
            Interlocked.Increment(ref made);
            Thread.Sleep(5);
            target.Span(0, 64).Fill(7);
        });
        Assert.Equal(0, made);
        Parallel.For(0, 8, _ => Assert.Equal(7, *rows.Read()));
        Assert.Equal(1, made);
        rows.Release();
        Assert.Equal(7, rows.Read()[63]);
        Assert.Equal(2, made);
    }

    [Fact]
    public void Slice_OfAStack_MakesThatMatrixAlone()
    {
        var made = new List<int>();
        DerivedRows[] parts = [.. Enumerable.Range(0, 3).Select(slice => new DerivedRows(2 * 4 * sizeof(float), target =>
        {
            made.Add(slice);
            new Span<float>(target.Pointer, 8).Fill(slice);
        }))];
        var tensor = new WeightTensor("blk.0.ffn_up_exps.weight", Geobuk.Models.Quantization.GgmlType.F32, [3, 2, 4], parts);

        Assert.Equal(2f, *(float*)tensor.Slice(2));
        var row = new float[4];
        tensor.DecodeRow(3, row);

        Assert.Equal([1f, 1, 1, 1], row);
        Assert.Equal([2, 1], made);
        foreach (var part in parts) part.Dispose();
    }
}
