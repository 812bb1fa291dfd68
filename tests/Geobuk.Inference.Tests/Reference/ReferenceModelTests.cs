using Geobuk.Inference.Reference;

namespace Geobuk.Inference.Tests.Reference;

public class ReferenceModelTests
{
    public static TheoryData<string> Folders => Golden.Names;

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void LogitsAndHiddenStates_OfGoldenFolder_AreTheGoldenOnes(string name)
    {
        var golden = Golden.Load(name);
        using var model = ReferenceModel.Load(golden.Folder);
        for (var s = 0; s < golden.Sequences.Length; s++)
        {
            var sequence = s;
            var got = model.Logits(golden.Sequences[s], (layer, x) =>
            {
                for (var t = 0; t < x.Length; t++) Golden.AssertClose(golden.Hidden[layer][sequence][t], x[t], $"{name} sequence {sequence} layer {layer} position {t}");
            });
            for (var t = 0; t < got.Length; t++) Golden.AssertClose(golden.Logits[s][t], got[t], $"{name} sequence {s} position {t}");
        }
    }
}
