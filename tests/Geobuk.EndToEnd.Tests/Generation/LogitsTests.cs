using Geobuk.EndToEnd.Tests.Runs;
using Geobuk.Models.Checkpoints;
using Geobuk.Tests;

namespace Geobuk.EndToEnd.Tests.Generation;

/// <summary><c>geobuk logits</c> from the outside.</summary>
public sealed class LogitsTests : RunFixture
{
    [Theory]
    [InlineData("cpu", 3e38f, "is infinite")]
    [InlineData("reference", 3e38f, "is infinite")]
    [InlineData("torch", float.NaN, "is not a number")]
    public void Logits_OfWeightsThatOverflow_AreAnErrorThatSaysSo(string engine, float weight, string expected)
    {
        Broken(weight);
        using var logits = Start("logits", "broken", "--ids", "1,2", "--engine", engine, "--json");

        Assert.Equal(2, logits.Wait());
        Assert.Contains("broken: the logit of token ", logits.Error, StringComparison.Ordinal);
        Assert.Contains($"{expected}; expected finite numbers", logits.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Logits_OfWeightsThatOverflow_AreWrittenToAFileAsTheyAre()
    {
        Broken(3e38f);
        using var logits = Start("logits", "broken", "--ids", "1,2", "--out", "logits.safetensors");

        Assert.True(logits.Wait() == 0, logits.Error);
        Assert.True(File.Exists(At("logits.safetensors")));
    }

    private void Broken(float weight)
    {
        var config = TinyCheckpoint.Shapes["llama"];
        Directory.CreateDirectory(At("broken"));
        TinyCheckpoint.Write(At("broken"), config, change: tensors =>
        {
            // One column of the head alone: sums of infinities of both signs would be no number.
            Replace("lm_head.weight", [.. Enumerable.Range(0, config.VocabularySize * config.HiddenSize).Select(i => i % config.HiddenSize == 0 ? weight : 0)]);
            Replace("model.norm.weight", [.. Enumerable.Repeat(1e20f, config.HiddenSize)]);

            void Replace(string name, float[] values)
            {
                var at = tensors.FindIndex(tensor => tensor.Name == name);
                tensors[at] = new TensorToWrite(name, TensorDataType.F32, tensors[at].Shape, () => values);
            }
        });
    }
}
