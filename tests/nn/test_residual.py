"""The blocks against their definitions written out."""

import torch
import torch.nn.functional as F

from contrastlab.nn.residual import ConditionalBatchNorm, DownBlock, UpBlock


def test_conditional_batch_norm_is_batch_norm_with_the_classs_gain_and_bias():
    torch.manual_seed(0)
    norm = ConditionalBatchNorm(5, 3)
    torch.nn.init.normal_(norm.gain.weight)
    torch.nn.init.normal_(norm.bias.weight)
    x, classes = torch.randn(6, 5, 4, 4) * 3 + 1, torch.tensor([0, 1, 2, 2, 0, 1])
    expected = F.batch_norm(x, None, None, training=True)
    for row, number in enumerate(classes.tolist()):
        for channel in range(5):
            expected[row, channel] *= norm.gain.weight[number, channel].detach()
            expected[row, channel] += norm.bias.weight[number, channel].detach()
    assert torch.allclose(norm(x, classes), expected, atol=1e-5)


def test_an_up_block_doubles_and_its_shortcut_may_be_taken_before_the_doubling():
    torch.manual_seed(0)
    block, x, classes = UpBlock(4, 6, 2), torch.randn(3, 4, 5, 5), torch.tensor([0, 1, 1])
    made = block(x, classes)
    assert made.shape == (3, 6, 10, 10)
    larger = F.interpolate(x, scale_factor=2.0)
    changed = block.conv1(F.interpolate(F.relu(block.norm1(x, classes)), scale_factor=2.0))
    changed = block.conv2(F.relu(block.norm2(changed, classes)))
    assert torch.allclose(made, changed + block.skip(larger), atol=1e-4)


def test_a_down_block_halves_and_its_shortcut_may_be_taken_after_the_averaging():
    torch.manual_seed(0)
    x = torch.randn(3, 4, 6, 6)
    block = DownBlock(4, 6, down=True).eval()
    changed = F.avg_pool2d(block.conv2(F.relu(block.conv1(F.relu(x)))), 2)
    assert torch.allclose(block(x), changed + F.avg_pool2d(block.skip(x), 2), atol=1e-5)
    same = DownBlock(4, 4, down=False).eval()
    assert torch.allclose(same(x), x + same.conv2(F.relu(same.conv1(F.relu(x)))), atol=1e-5)
