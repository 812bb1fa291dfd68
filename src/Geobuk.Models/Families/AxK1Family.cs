namespace Geobuk.Models.Families;

/// <summary>A.X K1: a norm on what the experts add; rejected groups score minus infinity.</summary>
internal sealed class AxK1Family : LatentMixtureFamily
{
    public override string Name => "axk1";
    public override string Architecture => "AXK1ForCausalLM";
    public override bool PostMlpNorm => true;
}
